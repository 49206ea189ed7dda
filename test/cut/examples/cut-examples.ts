/** The cut of a whole group, rule by rule. Written in the notation of `notation.ts`, printed in docs/cut.md. */
export interface CutExample {
  readonly title: string;
  /** As they were listed before the histories were read. */
  readonly runs: readonly string[];
  /** As they were known afterwards, with those that were asked for by id; the same unless told. */
  readonly afterwards?: readonly string[];
  /** History per table since what is published (version 4), or why there is none; `new` in the group: nothing is published of it. */
  readonly tables: Readonly<Record<string, readonly string[] | 'gone'>>;
  readonly newTables?: readonly string[];
  /** Another table was configured since. */
  readonly recut?: true;
  /** 12:00 unless told. */
  readonly now?: string;
  readonly answer: string;
}

export interface CutRule {
  readonly rule: string;
  readonly examples: readonly CutExample[];
}

const A = 'A 10:00-10:05';
const B = 'B 10:10-10:15';

export const cutRules: readonly CutRule[] = [
  {
    rule: 'All tables have an exact version at the end of one run, or that end makes no cut. Then an older end may, if it is newer than what is published.',
    examples: [
      {
        title: 'two tables',
        runs: [A],
        tables: { t: ['5 10:03 MERGE by A'], u: ['5 09:50 OPTIMIZE by ?'] },
        answer: 'cut A at 10:05: t 5, u 4 unchanged',
      },
      {
        title: 'the newest end is ambiguous for one table: an older one is taken for all',
        runs: [A, B, 'C 10:15:05-'],
        tables: { t: ['5 10:03 MERGE by ?', '6 10:15:02 MERGE by ?'], u: ['5 10:03 WRITE by A', '6 10:13 WRITE by B'] },
        answer: 'cut A at 10:05: t 5, u 5',
      },
      {
        title: 'no end makes a cut: why the newest does not is told',
        runs: [A, B, 'C 10:15:05-'],
        tables: { t: ['5 10:03 MERGE by C', '6 10:04 MERGE by A', '7 10:15:02 MERGE by B'] },
        answer: 'CUT_NOT_PURE',
      },
      {
        title: 'clocks have to decide for one table: all wait',
        runs: [A],
        tables: { t: ['5 10:03 MERGE by A'], u: ['5 10:03 MERGE by ?'] },
        now: '10:05:03',
        answer: 'wait until 10:05:10',
      },
      {
        title: 'a table is new in the group: the published end is cut again, for all',
        runs: ['Z 09:20-09:30', 'B 10:10-'],
        recut: true,
        newTables: ['n'],
        tables: {
          t: ['5 10:11 WRITE by B'],
          n: ['0 09:00 CREATE TABLE by Ann', '1 09:25 WRITE by Z', '2 10:11 WRITE by B'],
        },
        answer: 'cut Z at 09:30: n 1, t 4 unchanged',
      },
      {
        title: 'a table was taken out of the group: the published end is cut again without it',
        runs: ['Z 09:20-09:30', 'B 10:10-'],
        recut: true,
        tables: { t: ['5 10:11 WRITE by B'] },
        answer: 'cut Z at 09:30: t 4 unchanged',
      },
    ],
  },
  {
    rule: 'Runs are read once more after the histories, and by their ids those that commits name and no list told: a run that is repaired long after it began lies deep in the list. What is known then has the last word.',
    examples: [
      {
        title: 'a repair began in between, and has commits in the history',
        runs: [A],
        afterwards: ['A 10:00-10:05, repaired 10:20-'],
        tables: { t: ['5 10:03 WRITE by A.task', '6 10:21 WRITE by A.repair'] },
        answer: 'cut A at 10:05: t 5',
      },
      {
        title: 'a statement of an old run came late: it had ended',
        runs: [A],
        afterwards: ['Y 08:00-08:05', A],
        tables: { t: ['5 10:05:30 WRITE by Y'] },
        answer: 'cut A at 10:05: t 5',
      },
      {
        title: 'an old run was under repair at the end: the job was not at rest',
        runs: [A],
        afterwards: ['Y 08:00-08:05 FAILED, repaired 10:02-10:10', A],
        tables: { t: ['5 10:03 WRITE by A', '6 10:04 WRITE by Y.repair'] },
        answer: 'NO_QUIET_POINT',
      },
      {
        title: 'the repair of an old run failed while the run that makes the cut was active',
        runs: [A],
        afterwards: ['Y 08:00-08:05 FAILED, repaired 10:02-10:04 FAILED', A],
        tables: { t: ['5 10:03 WRITE by A'] },
        answer: 'NO_QUIET_POINT',
      },
      {
        title: 'the same at the newest end: an older one was at rest',
        runs: [A, B],
        afterwards: ['Y 08:00-08:05 FAILED, repaired 10:12-10:20', A, B],
        tables: { t: ['5 10:03 WRITE by A', '6 10:13 WRITE by B'] },
        answer: 'cut A at 10:05: t 5',
      },
      {
        title: 'the published end is cut again for a new table, whose history tells of a run that was active then',
        runs: ['Z 09:20-09:30'],
        afterwards: ['Y 08:00-08:05 FAILED, repaired 09:25-09:40', 'Z 09:20-09:30'],
        recut: true,
        newTables: ['n'],
        tables: { t: [], n: ['0 09:00 CREATE TABLE by Ann', '1 09:28 WRITE by Y.repair'] },
        answer: 'NO_QUIET_POINT',
      },
    ],
  },
  {
    rule: 'A table that does not exist may have been dropped by a later run, which creates it anew: the next end is awaited. At rest only a person can mend it.',
    examples: [
      {
        title: 'a later run is active',
        runs: [A, 'B 10:10-'],
        tables: { t: 'gone', u: ['5 10:03 WRITE by A'] },
        answer: 'VERSION_EXPIRED',
      },
      {
        title: 'a later run has failed, and left it so',
        runs: [A, 'B 10:10-10:12 FAILED'],
        tables: { t: 'gone' },
        answer: 'VERSION_EXPIRED',
      },
      {
        title: 'the job is at rest',
        runs: [A, B],
        tables: { t: 'gone', u: ['5 10:03 WRITE by A'] },
        answer: 'TABLE_NOT_FOUND',
      },
      {
        title: 'that is told before what passes by itself',
        runs: [A],
        tables: { t: 'gone', u: ['5 10:03 MERGE by ?'] },
        now: '10:05:03',
        answer: 'TABLE_NOT_FOUND',
      },
    ],
  },
];

/** Tables without a job, copied at one instant. */
export interface SnapshotExample {
  readonly title: string;
  readonly tables: CutExample['tables'];
  readonly newTables?: readonly string[];
  readonly now?: string;
  readonly answer: string;
}

/** All at 10:05. */
export const snapshotExamples: readonly SnapshotExample[] = [
  {
    title: 'each at its last change up to the instant, whoever made it',
    tables: {
      t: ['5 10:03 MERGE by job 9', '6 10:06 MERGE by job 9'],
      u: ['5 10:05 WRITE by Ann', '6 10:05:01 WRITE by ?'],
      v: ['5 10:01 OPTIMIZE by ?'],
    },
    answer: 't 5, u 5, v 4 unchanged',
  },
  {
    title: 'commits of that time are not surely in the history yet',
    tables: { t: [] },
    now: '10:05:04',
    answer: 'wait until 10:05:10',
  },
  {
    title: 'a table that did not exist then',
    newTables: ['t'],
    tables: { t: ['0 10:06 CREATE TABLE by Ann'] },
    answer: 'VERSION_EXPIRED',
  },
  { title: 'a table that does not exist', tables: { t: 'gone' }, answer: 'TABLE_NOT_FOUND' },
  {
    title: 'a stream wrote',
    tables: { t: ['5 10:03 STREAMING UPDATE by job 9'] },
    answer: 'UNSUPPORTED_TABLE',
  },
];
