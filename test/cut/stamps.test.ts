import { describe, expect, it } from 'vitest';
import { stampOf, stampProperties } from '../../src/domain/stamp.js';
import { currencyAnswer, guardAnswer } from './examples/stamp-answers.js';
import { currencyExamples, guardExamples } from './examples/stamp-examples.js';

describe('economical: a table that already holds the wanted rows is not cloned', () => {
  it.each(currencyExamples)('$title', (example) => {
    expect(currencyAnswer(example)).toBe(example.answer);
  });
});

describe('never-backwards: rows that no sync put there are not overwritten', () => {
  it.each(guardExamples)('$title', (example) => {
    expect(guardAnswer(example)).toBe(example.answer);
  });
});

describe('never-backwards: a stamp is believed only as a whole', () => {
  const stamp = { sourceTableId: 's', sourceVersion: 42, syncId: 'y', epoch: 3, controller: 'c' };

  it('reads what it wrote', () => {
    expect(stampOf(stampProperties(stamp))).toEqual(stamp);
  });

  it.each(Object.keys(stampProperties(stamp)))('is none without %s', (key) => {
    expect(stampOf(Object.fromEntries(Object.entries(stampProperties(stamp)).filter(([k]) => k !== key)))).toBeNull();
  });

  it.each(['', '-1', '4.2', '42 or so', '1e3'])('is none with the version "%s"', (version) => {
    expect(stampOf({ ...stampProperties(stamp), 'dr.source_version': version })).toBeNull();
  });
});
