import fc from 'fast-check';
import type { TableCommit } from '../../src/domain/commits.js';
import type { RunResult } from '../../src/domain/runs.js';

/**
 * A random history of one job and its tables: what really happened, in true time. What a look at it shows (runs as the
 * Jobs API tells them, commits as the history tells them) is derived in `views.ts`; what is right, in `oracle.ts`.
 */
export interface World {
  readonly jobId: string;
  readonly runs: readonly TrueRun[];
  readonly tables: readonly TrueTable[];
  /** Last true instant at which anything happens. */
  readonly lastMs: number;
}

export interface TrueRun {
  readonly id: string;
  readonly kind: 'ran' | 'queued' | 'skipped';
  readonly at: number;
  /** The Jobs API tells which task runs belong to which repair. */
  readonly taskRunsPerRepair: boolean;
  readonly parts: readonly TruePart[];
  /** Gone from the Jobs API once the world is over. */
  readonly deleted: boolean;
  /** Once newer runs are published it lies so deep in the list that it is shown only while it is active, and else to who asks for its id. */
  readonly deep: boolean;
}

/** A stretch in which the run, or a child of it, was active. */
export interface TruePart {
  readonly ownerId: string;
  readonly ownerJobId: string;
  readonly child: boolean;
  readonly repairId: string | null;
  readonly taskRunId: string;
  readonly start: number;
  readonly end: number;
  readonly result: RunResult;
}

export interface TrueTable {
  readonly name: string;
  readonly commits: readonly TrueCommit[];
  readonly retentionProperty: string | null;
  readonly retentionMs: number;
}

export interface TrueCommit {
  /** True time of the commit: order within a table. */
  readonly at: number;
  readonly version: number;
  /** Raised by every drop and re-creation. */
  readonly incarnation: number;
  /** When the table was dropped that this commit creates anew; null for any other commit. */
  readonly droppedAt: number | null;
  /** Metadata id of the table after this commit. */
  readonly tableId: string;
  /** What DESCRIBE HISTORY shows as commit time. */
  readonly stampedAt: number;
  readonly operation: string;
  readonly isChange: boolean;
  readonly writer: TrueWriter;
  readonly shown: Pick<TableCommit, 'job' | 'byHand' | 'userName'>;
}

export type TrueWriter =
  | { readonly kind: 'run'; readonly run: TrueRun; readonly part: TruePart; readonly late: boolean }
  | { readonly kind: 'other' };

export const marginMs = 10_000;
export const jobId = '77';

const changes = [
  'WRITE',
  'MERGE',
  'DELETE',
  'TRUNCATE',
  'RESTORE',
  'ADD COLUMNS',
  'SET TBLPROPERTIES',
  'SOME NEW OPERATION',
];
const maintenance = ['OPTIMIZE', 'VACUUM START', 'VACUUM END', 'COMPUTE STATS'];

const mostly = <T>(usual: T, ...rare: T[]) =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constant(usual) },
    ...rare.map((r) => ({ weight: 1, arbitrary: fc.constant(r) })),
  );

/** Gaps crowd around the margin, where clocks are hard to read. */
const gapMs = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 21_000, max: 400_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 25_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: -90_000, max: -1 }) },
);
const durationMs = fc.integer({ min: 2_000, max: 300_000 });
const result = mostly<RunResult>('SUCCESS', 'SUCCESS', 'FAILED', 'CANCELED', 'SUCCESS_WITH_FAILURES');
const fraction = fc.double({ min: 0, max: 1, noNaN: true });

interface ChildSpec {
  readonly from: number;
  readonly length: number;
  readonly result: RunResult;
  readonly repair: RepairSpec | null;
}

interface RepairSpec {
  readonly gapMs: number;
  readonly durationMs: number;
  readonly result: RunResult;
}

const repairs: fc.Arbitrary<readonly RepairSpec[]> = fc.oneof(
  { weight: 4, arbitrary: fc.constant([]) },
  {
    weight: 1,
    arbitrary: fc.array(fc.record({ gapMs: fc.integer({ min: 0, max: 900_000 }), durationMs, result }), {
      minLength: 1,
      maxLength: 2,
    }),
  },
);

const childRepair: fc.Arbitrary<RepairSpec | null> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.record({ gapMs: fc.integer({ min: 1_000, max: 500_000 }), durationMs, result }) },
);

const child: fc.Arbitrary<ChildSpec> = fc.record({
  from: fraction,
  length: fc.double({ min: 0.05, max: 1.1, noNaN: true }),
  result,
  repair: childRepair,
});

const children: fc.Arbitrary<readonly ChildSpec[]> = fc.oneof(
  { weight: 3, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.array(child, { minLength: 1, maxLength: 2 }) },
);

const runSpec = fc.record({
  kind: mostly<TrueRun['kind']>('ran', 'queued', 'skipped'),
  gapMs,
  durationMs,
  result,
  taskRunsPerRepair: fc.boolean(),
  repairs,
  children,
  deep: fc.boolean(),
});

const commitSpec = fc.record({
  table: fc.nat(),
  by: fc.oneof(
    { weight: 8, arbitrary: fc.constant('run' as const) },
    { weight: 2, arbitrary: fc.constantFrom('person' as const, 'other job' as const, 'stranger' as const) },
  ),
  part: fc.nat(),
  when: fc.oneof({ weight: 3, arbitrary: fraction }, { weight: 1, arbitrary: fc.constantFrom(0, 1) }),
  lateMs: fc.oneof(
    { weight: 40, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 200_000 }) },
  ),
  maintenance: mostly(false, true, true),
  operation: fc.nat(),
  shows: mostly<'everything' | 'run' | 'task run' | 'nothing'>('everything', 'run', 'task run', 'nothing'),
  skew: fc.double({ min: -1, max: 1, noNaN: true }),
  recreates: fc.oneof(
    { weight: 40, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constantFrom('drop' as const, 'replace' as const) },
  ),
  goneMs: fc.constantFrom(0, 1_000, 60_000, 600_000),
});

const tableSpec = fc.record({
  clock: fc.constantFrom('exact', 'exact', 'monotone', 'raw', 'whole seconds'),
  /** Nothing of it is ever attributed, as with SQL tasks whose query history is closed to us. */
  anonymous: mostly(false, true),
  retention: mostly<[string, number] | null>(null, ['interval 10 minutes', 600_000], ['30 minutes', 1_800_000]),
});

export const worlds: fc.Arbitrary<World> = fc
  .record({
    runs: fc.array(runSpec, { minLength: 1, maxLength: 7, size: 'max' }),
    tables: fc.array(tableSpec, { minLength: 1, maxLength: 3 }),
    commits: fc.array(commitSpec, { minLength: 1, maxLength: 30, size: 'max' }),
    deleted: mostly(0, 1, 2),
  })
  .map(buildWorld);

type Spec<T> = T extends fc.Arbitrary<infer U> ? U : never;
type RunSpec = Spec<typeof runSpec>;
type CommitSpec = Spec<typeof commitSpec>;
type TableSpec = Spec<typeof tableSpec>;

const epoch = Date.UTC(2026, 0, 5, 6);

function buildWorld(spec: { runs: RunSpec[]; tables: TableSpec[]; commits: CommitSpec[]; deleted: number }): World {
  let clock = epoch + 120_000;
  const built = spec.runs.map((run, index) => {
    const start = Math.max(epoch + 60_000, clock + run.gapMs);
    if (run.kind === 'ran') clock = Math.max(clock, start + run.durationMs);
    return buildRun(run, start, String(9_007_199_254_740_000n + BigInt(index) * 100n));
  });
  const runs = markDeleted(built, spec.deleted);
  const parts = runs.flatMap((run) => run.parts.map((part) => ({ run, part })));
  const lastMs = Math.max(clock, ...parts.map(({ part }) => part.end)) + 60_000;
  const tables = spec.tables.map((table, index) => {
    const mine = spec.commits.filter((commit) => commit.table % spec.tables.length === index);
    return buildTable(`c.s.t${index}`, table, mine, parts, lastMs);
  });
  return { jobId, runs, tables, lastMs };
}

function buildRun(spec: RunSpec, start: number, id: string): TrueRun {
  if (spec.kind !== 'ran') {
    return { id, kind: spec.kind, at: start, taskRunsPerRepair: false, parts: [], deleted: false, deep: false };
  }
  const first: TruePart = {
    ownerId: id,
    ownerJobId: jobId,
    child: false,
    repairId: null,
    taskRunId: `${id}01`,
    start,
    end: start + spec.durationMs,
    result: spec.result,
  };
  const own = [first];
  for (const [index, repair] of spec.repairs.entries()) {
    const begin = (own.at(-1) ?? first).end + repair.gapMs + 1;
    const n = index + 1;
    own.push({
      ...first,
      repairId: `${id}9${n}`,
      taskRunId: `${id}0${n + 1}`,
      start: begin,
      end: begin + repair.durationMs,
      result: repair.result,
    });
  }
  const children = spec.children.flatMap((child, index): TruePart[] => {
    const childId = `${id}5${index}`;
    const begin = start + Math.floor(child.from * (spec.durationMs - 1));
    const part: TruePart = {
      ownerId: childId,
      ownerJobId: '88',
      child: true,
      repairId: null,
      taskRunId: `${childId}01`,
      start: begin,
      end: begin + 1 + Math.round(child.length * (spec.durationMs - child.from * spec.durationMs)),
      result: child.result,
    };
    if (child.repair === null) return [part];
    const again = part.end + child.repair.gapMs;
    return [
      part,
      {
        ...part,
        repairId: `${childId}91`,
        taskRunId: `${childId}02`,
        start: again,
        end: again + child.repair.durationMs,
        result: child.repair.result,
      },
    ];
  });
  return {
    id,
    kind: 'ran',
    at: start,
    taskRunsPerRepair: spec.taskRunsPerRepair,
    parts: [...own, ...children],
    deleted: false,
    // What children wrote names them alone, so that nobody would know to ask for the run.
    deep: spec.deep && own.length > 1 && children.length === 0,
  };
}

/** The Jobs API forgets the oldest runs first, long after they ended. */
function markDeleted(runs: TrueRun[], count: number): TrueRun[] {
  const oldest = runs.slice(0, count).flatMap(({ parts }) => parts);
  const later = runs.slice(count).flatMap(({ parts }) => parts);
  const over = oldest.every(({ end }) => later.every(({ start }) => end + 3 * marginMs < start));
  return runs.map((run, index) => ({ ...run, deleted: index < count && later.length > 0 && over }));
}

function buildTable(
  name: string,
  spec: TableSpec,
  specs: CommitSpec[],
  parts: { run: TrueRun; part: TruePart }[],
  lastMs: number,
): TrueTable {
  const planned = specs.map((commit) => plan(commit, spec, parts, lastMs)).sort((a, b) => a.at - b.at);
  const created: Planned = {
    at: epoch,
    writer: { kind: 'other' },
    shown: { job: null, byHand: true, userName: 'ci@example.com' },
    operation: 'CREATE TABLE',
    isChange: true,
    skew: 0,
    recreates: null,
    goneMs: 0,
  };
  let incarnation = 0;
  let version = -1;
  let tableId = `${name}-0`;
  let lastStamp = 0;
  let lastAt = epoch;
  const commits = [created, ...planned].map((commit, index): TrueCommit => {
    if (commit.recreates === 'drop') {
      incarnation += 1;
      version = -1;
    }
    if (commit.recreates !== null) tableId = `${name}-${index}`;
    version += 1;
    let stampedAt = commit.at;
    if (spec.clock !== 'exact') stampedAt += Math.round(commit.skew * (marginMs - 1_500));
    if (spec.clock === 'whole seconds') stampedAt = Math.floor(stampedAt / 1000) * 1000;
    // Delta makes commit times monotone by adding a millisecond where needed; equal ones stay with `raw`.
    if (spec.clock === 'monotone') stampedAt = Math.max(stampedAt, lastStamp + 1);
    lastStamp = stampedAt;
    const { at, writer, shown, operation, isChange } = commit;
    const droppedAt = commit.recreates === 'drop' ? Math.max(lastAt + 1, at - commit.goneMs) : null;
    lastAt = at;
    return { at, version, incarnation, droppedAt, tableId, stampedAt, operation, isChange, writer, shown };
  });
  return {
    name,
    commits,
    retentionProperty: spec.retention?.[0] ?? null,
    retentionMs: spec.retention?.[1] ?? 7 * 86_400_000,
  };
}

interface Planned extends Pick<TrueCommit, 'at' | 'writer' | 'shown' | 'operation' | 'isChange'> {
  readonly skew: number;
  readonly recreates: 'drop' | 'replace' | null;
  readonly goneMs: number;
}

function plan(spec: CommitSpec, table: TableSpec, parts: { run: TrueRun; part: TruePart }[], lastMs: number): Planned {
  const isChange = !spec.maintenance || spec.recreates !== null;
  const names = isChange ? changes : maintenance;
  const operation =
    spec.recreates === 'drop'
      ? 'CREATE TABLE'
      : spec.recreates === 'replace'
        ? 'CREATE OR REPLACE TABLE AS SELECT'
        : (names[spec.operation % names.length] ?? 'WRITE');
  const rest = { operation, isChange, skew: spec.skew, recreates: spec.recreates, goneMs: spec.goneMs };
  const chosen = parts[spec.part % Math.max(parts.length, 1)];
  if (spec.by !== 'run' || chosen === undefined) {
    const at = Math.round(epoch + 1 + spec.when * (lastMs - epoch - 1));
    return { ...rest, at, writer: { kind: 'other' }, shown: strangers[spec.by === 'run' ? 'person' : spec.by] };
  }
  const { run, part } = chosen;
  // A statement that outlives its run. Of a run that was repaired, clocks could not tell whose it is.
  const late = spec.lateMs > 0 && run.parts.length === 1;
  const within = Math.max(1, Math.round(spec.when * (part.end - part.start)));
  const at = late ? part.end + spec.lateMs : part.start + within;
  return {
    ...rest,
    at,
    writer: { kind: 'run', run, part, late },
    shown: shownJob(run.deep ? 'everything' : table.anonymous ? 'nothing' : spec.shows, part),
  };
}

const strangers = {
  person: { job: null, byHand: true, userName: 'ann@example.com' },
  'other job': { job: { jobId: '4711', jobRunId: '5', taskRunId: '6' }, userName: null },
  stranger: { job: null, userName: null },
} as const;

function shownJob(shows: CommitSpec['shows'], part: TruePart): Pick<TableCommit, 'job' | 'userName'> {
  if (shows === 'nothing') return { job: null, userName: 'etl' };
  return {
    userName: 'etl',
    job: {
      jobId: part.ownerJobId,
      jobRunId: shows === 'task run' ? null : part.ownerId,
      taskRunId: shows === 'run' ? null : part.taskRunId,
    },
  };
}
