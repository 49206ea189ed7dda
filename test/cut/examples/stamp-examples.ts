/** What a staging or target table holds, and whether it may be replaced. Commits in the notation of `notation.ts`. */
export interface CurrencyExample {
  readonly title: string;
  /** Source table id and version; absent: never stamped. */
  readonly stamp?: string;
  readonly wanted: string;
  readonly history: readonly string[];
  readonly answer: string;
}

export interface GuardExample {
  readonly title: string;
  /** `<epoch> <controller>` in the stamp; absent: never stamped. The writer is `3 m`. */
  readonly stamp?: string;
  /** Version that a baseline of this table (`t1`), or of an earlier table of that name (`t0`), covers. */
  readonly baseline?: string;
  readonly files: number;
  readonly history: readonly string[];
  readonly answer: string;
}

export const currencyExamples: readonly CurrencyExample[] = [
  {
    title: 'the clone is the newest commit',
    stamp: 's1 42',
    wanted: 's1 42',
    history: ['3 10:00 CLONE by ?'],
    answer: 'current',
  },
  {
    title: 'maintenance followed',
    stamp: 's1 42',
    wanted: 's1 42',
    history: ['3 10:00 CLONE by ?', '4 10:05 OPTIMIZE by ?', '5 10:06 VACUUM START by ?', '6 10:06 VACUUM END by ?'],
    answer: 'current',
  },
  {
    title: 'somebody wrote after the clone',
    stamp: 's1 42',
    wanted: 's1 42',
    history: ['3 10:00 CLONE by ?', '4 10:05 OPTIMIZE by ?', '5 10:06 DELETE by Ann'],
    answer: 'changed-after (5)',
  },
  {
    title: 'somebody wrote, and it was cloned again',
    stamp: 's1 42',
    wanted: 's1 42',
    history: ['3 10:00 CLONE by ?', '4 10:05 DELETE by Ann', '5 10:06 CLONE by ?'],
    answer: 'current',
  },
  {
    title: 'another version',
    stamp: 's1 41',
    wanted: 's1 42',
    history: ['3 10:00 CLONE by ?'],
    answer: 'other-version',
  },
  {
    title: 'the same version of a table that was dropped and re-created since',
    stamp: 's1 42',
    wanted: 's2 42',
    history: ['3 10:00 CLONE by ?'],
    answer: 'other-version',
  },
  { title: 'never stamped', wanted: 's1 42', history: ['0 10:00 CREATE TABLE by Ann'], answer: 'other-version' },
  {
    title: 'the clone has left the history',
    stamp: 's1 42',
    wanted: 's1 42',
    history: ['9 10:05 OPTIMIZE by ?'],
    answer: 'unknown',
  },
];

export const guardExamples: readonly GuardExample[] = [
  { title: 'an empty table that was never stamped', files: 0, history: ['0 10:00 CREATE TABLE by Ann'], answer: 'ok' },
  {
    title: 'rows in a table that was never stamped',
    files: 3,
    history: ['0 10:00 CREATE TABLE by Ann', '1 10:01 WRITE by Ann'],
    answer: 'TARGET_CHANGED',
  },
  {
    title: 'rows that a baseline covers',
    baseline: 't1 1',
    files: 3,
    history: ['0 10:00 CREATE TABLE by Ann', '1 10:01 WRITE by Ann', '2 10:02 OPTIMIZE by ?'],
    answer: 'ok',
  },
  {
    title: 'rows that came after the baseline',
    baseline: 't1 1',
    files: 3,
    history: ['1 10:01 WRITE by Ann', '2 10:02 WRITE by Ann'],
    answer: 'TARGET_CHANGED (2)',
  },
  {
    title: 'a baseline of a table that was dropped since',
    baseline: 't0 7',
    files: 3,
    history: ['0 10:00 CREATE TABLE by Ann', '1 10:01 WRITE by Ann'],
    answer: 'TARGET_CHANGED',
  },
  {
    title: 'our own clone, and maintenance',
    stamp: '3 m',
    files: 3,
    history: ['5 10:00 CLONE by ?', '6 10:05 OPTIMIZE by ?'],
    answer: 'ok',
  },
  {
    title: 'somebody wrote after our clone',
    stamp: '3 m',
    files: 3,
    history: ['5 10:00 CLONE by ?', '6 10:05 WRITE by Ann'],
    answer: 'TARGET_CHANGED (6)',
  },
  {
    title: 'somebody wrote after our clone, and a newer baseline covers it',
    stamp: '3 m',
    baseline: 't1 6',
    files: 3,
    history: ['5 10:00 CLONE by ?', '6 10:05 WRITE by Ann'],
    answer: 'ok',
  },
  {
    title: 'a baseline older than our clone',
    stamp: '3 m',
    baseline: 't1 2',
    files: 3,
    history: ['4 09:00 WRITE by Ann', '5 10:00 CLONE by ?'],
    answer: 'ok',
  },
  {
    title: 'a stamp of an earlier epoch',
    stamp: '2 z',
    files: 3,
    history: ['5 10:00 CLONE by ?'],
    answer: 'ok',
  },
  { title: 'a stamp of a higher epoch', stamp: '4 z', files: 3, history: ['5 10:00 CLONE by ?'], answer: 'SUPERSEDED' },
  {
    title: 'the same epoch, a smaller controller id',
    stamp: '3 a',
    files: 3,
    history: ['5 10:00 CLONE by ?'],
    answer: 'SUPERSEDED',
  },
  {
    title: 'the same epoch, a greater controller id',
    stamp: '3 z',
    files: 3,
    history: ['5 10:00 CLONE by ?'],
    answer: 'ok',
  },
  {
    title: 'outranked and changed: who outranks is told first',
    stamp: '4 z',
    files: 3,
    history: ['5 10:00 CLONE by ?', '6 10:05 WRITE by Ann'],
    answer: 'SUPERSEDED',
  },
  {
    title: 'our clone has left the history, somebody wrote',
    stamp: '3 m',
    files: 3,
    history: ['9 10:05 WRITE by Ann'],
    answer: 'TARGET_CHANGED (9)',
  },
];
