import { describe, expect, it } from 'vitest';
import type { TableCommit } from '../../src/domain/commits.js';
import { copyState, shortRetention } from '../../src/domain/cut/index.js';

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

describe('nothing is lost in silence: the copy of a table that no sync sends', () => {
  const entry = { stagingVersion: 5, stagingCommittedAt: 5_000 } as const;
  const commit = (version: number, operation: string, timestamp = version * 1000): TableCommit => ({
    ...{ version, timestamp, operation, operationParameters: {}, operationMetrics: {} },
    ...{ userName: null, job: null, statementId: null },
  });
  const clone = commit(5, 'CLONE');
  const upkeep: TableCommit = {
    ...commit(6, 'SET TBLPROPERTIES'),
    operationParameters: { properties: '{"delta.logRetentionDuration":"interval 700 hours"}' },
  };

  it.each([
    ['is intact where its clone is the newest commit', [clone, commit(4, 'CLONE')], 'intact'],
    [
      'may be too old where maintenance follows',
      [commit(7, 'VACUUM END'), commit(6, 'VACUUM START'), clone],
      'unclear',
    ],
    ['may be too old where only its retention was set', [upkeep, clone], 'unclear'],
    ['is lost where other properties were set', [commit(6, 'SET TBLPROPERTIES'), clone], 'lost'],
    ['is lost where rows were changed', [commit(7, 'OPTIMIZE'), commit(6, 'DELETE'), clone], 'lost'],
    ['is lost where it was restored', [commit(6, 'RESTORE'), clone], 'lost'],
    ['is lost where it was made anew without a clone', [commit(0, 'CREATE TABLE')], 'lost'],
    ['is lost, or not the same, where another clone has its version', [commit(5, 'CLONE', 9_000)], 'unclear'],
    ['is to be looked for where a later sync has cloned over it', [commit(6, 'CLONE'), clone], 'unclear'],
  ] as const)('%s', (_title, history, state) => {
    expect(copyState(entry, history)).toBe(state);
  });
});
