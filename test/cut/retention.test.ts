import { describe, expect, it } from 'vitest';
import { shortRetention } from '../../src/domain/cut/index.js';

describe('a retention that is too short is told before a version expires', () => {
  const day = 24 * 60;
  it.each<[string, string | undefined, number, RegExp | null]>([
    ['seven days by default, synced every 15 min', undefined, 15, null],
    ['seven days by default, synced daily', undefined, day, null],
    ['seven days by default, synced every other day', undefined, 2 * day, /7 days by default/],
    ['exactly four intervals', 'interval 1 hours', 15, null],
    ['less than four intervals', 'interval 59 minutes', 15, /59 minutes.*4 sync intervals of 15 min/],
    ['no interval at all: said, whatever is assumed', 'a month or so', 15, /is no interval/],
  ])('%s', (_name, retention, minutes, expected) => {
    const told = shortRetention(
      retention === undefined ? {} : { 'delta.deletedFileRetentionDuration': retention },
      minutes,
    );
    if (expected === null) expect(told).toBeNull();
    else expect(told).toMatch(expected);
  });
});
