import { isCancellation, log, setCurrentDetails, sleep } from '@temporalio/workflow';
import type { Base, Cut, CutOrder, CutTable, LookOrder, Target, TargetReading } from '../activities/contract.js';
import type { Failure } from '../domain/failure.js';
import { isCutHold, isOperatorHold } from '../domain/failure.js';
import { settledBy } from '../domain/group/ledger-points.js';
import type { SyncOutcome } from '../domain/group/outcomes.js';
import { both, inParallel } from '../domain/in-parallel.js';
import type { LedgerRow } from '../domain/ledger.js';
import type { ClonedTable, LedgerAuthor } from '../domain/ledger-events.js';
import { failureRow, pointFields, pointRows } from '../domain/ledger-events.js';
import type { ManifestEntry, PointSummary, RecoveryPoint } from '../domain/point.js';
import type { Direction } from '../domain/region.js';
import type { GroupRef, GroupSpec } from '../domain/spec.js';
import { endsOf, headOf, stagingLocation } from '../domain/spec.js';
import { clone } from './clone.js';
import { failureOf } from './failure.js';
import { syncMail } from './mails.js';
import type { PublishOrder } from './publish.js';
import { guardTargets, newProgress, publish } from './publish.js';
import { whileReceiving } from './receiving.js';
import { homeSteps, mailSteps, syncSteps } from './steps.js';

export interface SyncRunInput extends GroupRef {
  readonly syncId: string;
  readonly direction: Direction;
  /** null: copies nothing, but completes the publish that an earlier sync has left half-way. */
  readonly target: Target | null;
  readonly published: LookOrder['published'];
  readonly epoch: number;
  readonly controller: string;
  /** Staging was not vacuumed for a day. */
  readonly vacuumDue: boolean;
  /** Ledger events of the entity that wait for a statement in the target region's ledger. */
  readonly queuedEvents: readonly LedgerRow[];
}

/** What a sync works with, once its spec was read. */
interface Sync {
  readonly input: SyncRunInput;
  readonly spec: GroupSpec;
  readonly author: LedgerAuthor;
  readonly source: ReturnType<typeof syncSteps>;
  readonly target: ReturnType<typeof syncSteps>;
  readonly startedAt: number;
  /** The point that an earlier sync has left half-way, once it was chosen. */
  completing: RecoveryPoint | null;
  /** Failed attempts of steps that gave up; a sync has `sync_max_retries` of them. */
  failedAttempts: number;
  /** Tables are cloned once more when verification fails, and no oftener: what is wrong twice lies in staging. */
  failedVerifications: number;
  copiedBytes: number;
  writtenEventIds: string[];
}

/**
 * One sync: from a finished run to a published recovery point, or an honest account of why not. A cancelled sync undoes
 * nothing: the switch that cancelled it rolls forward.
 */
export async function syncRun(input: SyncRunInput): Promise<SyncOutcome> {
  let sync: Sync | null = null;
  try {
    sync = await begin(input);
    return input.target === null ? await complete(sync) : await run(sync, input.target);
  } catch (thrown) {
    const done = sync ? facts(sync) : { syncId: input.syncId, copiedBytes: 0, durationMs: 0, writtenEventIds: [] };
    if (isCancellation(thrown)) return { ...done, result: 'canceled' };
    const failure = failureOf(thrown);
    return sync ? notPublished(sync, failure) : { ...done, result: resultOf(failure), failure };
  }
}

async function run(sync: Sync, target: Target): Promise<SyncOutcome> {
  const { input, spec } = sync;
  tell(sync, 'choosing the version of every table');
  const base = await sync.target.wide.readBase({ spec, direction: input.direction, author: sync.author });
  if (base.superseded) return { ...facts(sync), result: 'held', failure: base.superseded };
  const cut = await sync.source.wide.resolveCut(cutOrder(sync, target, base));

  // Readers see nothing of this: staging is ours alone until the manifest is in the ledger.
  const changed = cut.tables.filter((table) => table.changed || base.sendAgain);
  tell(sync, `sending ${changed.length} of ${cut.tables.length} tables`);
  const sent = await withAttempts(sync, () =>
    inParallel(changed, spec.maxParallelTables, (table) => send(sync, base, table)),
  );

  const point = recoveryPoint(sync, base, cut, sent);
  const order = publishOrder(sync, point, base);
  const [, readings] = await both(
    recordWithQueued(sync, pointRows(sync.author, 'sent', point, sent, Date.now())),
    lookAtTargets(sync, order, point.syncId),
  );

  // From here on the point survives us: whoever comes next can publish it from the ledger alone.
  tell(sync, 'publishing');
  const received = await whileReceiving(input, () => publishOrUndo(sync, order, readings));
  if ('failure' in received) {
    if (received.mixed) return notPublished(sync, received.failure);
    return { ...facts(sync), result: 'rolled_back', failure: received.failure };
  }
  const publishedAt = Date.now();
  await record(sync, pointRows(sync.author, 'published', point, received.tables, publishedAt));

  if (input.vacuumDue) await vacuumStaging(sync);

  const summary = summaryOf(point, publishedAt);
  const result = sent.length === 0 && received.tables.length === 0 ? 'unchanged' : 'published';
  // Standalone tables are looked at on every tick: a mail that nothing happened, each time, would hide the others.
  const worthAMail = result === 'published' || point.source.kind === 'run';
  const mailFailure = worthAMail ? await tellOwner(sync, summary, cut, received.tables) : null;
  return { ...facts(sync), result, point: summary, warnings: cut.warnings, mailFailure };
}

/**
 * Brings the target tables to one whole point again: the newest one that a failover would take too, not older than the
 * published one. All its bytes are in the target region; nothing of the source is asked.
 */
async function complete(sync: Sync): Promise<SyncOutcome> {
  const { input, spec } = sync;
  tell(sync, 'completing a publish that was left half-way');
  const base = await sync.target.wide.readBase({ spec, direction: input.direction, author: sync.author });
  if (base.superseded) return { ...facts(sync), result: 'held', failure: base.superseded };
  const endedSince = base.previous?.runEndTime ?? null;
  const { point, publishedAt: publishedBefore } = await sync.target.wide.usablePoint({
    spec,
    direction: input.direction,
    runId: null,
    endedSince,
    epochBefore: null,
  });
  // A point that can't be published now is not the first choice of the next attempt.
  sync.completing = point;
  const order = publishOrder(sync, point, base);
  // What another controller has submitted for the same point is not ours to wait for.
  const keepSyncId = point.epoch === input.epoch ? point.syncId : null;
  const readings = await lookAtTargets(sync, order, keepSyncId);
  const received = await whileReceiving(input, () => publishInAttempts(sync, order, readings, keepSyncId));
  const undone = point.syncId === base.previous?.syncId;
  const event = undone ? 'rolled_back' : 'published';
  const publishedAt = Date.now();
  const occasion = undone ? `/completed-${input.syncId}` : '';
  await recordWithQueued(sync, pointRows(sync.author, event, point, received, publishedAt, occasion));
  return { ...facts(sync), result: 'completed', point: summaryOf(point, publishedBefore ?? publishedAt), undone };
}

/** With the entity's events that wait for a statement in this ledger. */
async function recordWithQueued(sync: Sync, rows: readonly LedgerRow[]): Promise<void> {
  const { queuedEvents } = sync.input;
  await record(sync, [...queuedEvents, ...rows]);
  sync.writtenEventIds = queuedEvents.map((row) => row.eventId);
}

async function lookAtTargets(
  sync: Sync,
  order: PublishOrder,
  keepSyncId: string | null,
): Promise<readonly TargetReading[]> {
  await quiesceTarget(sync, keepSyncId);
  return guardTargets(sync.target, order);
}

/** Publishes right after a look at the targets. What that found says nothing any more once an attempt has replaced tables. */
async function publishInAttempts(
  sync: Sync,
  order: PublishOrder,
  readings: readonly TargetReading[],
  keepSyncId: string | null,
): Promise<readonly ClonedTable[]> {
  let found: readonly TargetReading[] | null = readings;
  return withAttempts(sync, async () => {
    const known = found;
    found = null;
    if (known === null) await quiesceTarget(sync, keepSyncId);
    return publish(sync.target, order, known ?? []);
  });
}

async function begin(input: SyncRunInput): Promise<Sync> {
  const spec = await homeSteps.loadSpec({ workspace: input.workspace, group: input.group });
  const { source, target } = endsOf(input.direction);
  return {
    input,
    spec,
    author: {
      workspace: input.workspace,
      group: input.group,
      epoch: input.epoch,
      controller: input.controller,
      direction: input.direction,
    },
    source: syncSteps(spec, source),
    target: syncSteps(spec, target),
    startedAt: Date.now(),
    completing: null,
    failedAttempts: 0,
    failedVerifications: 0,
    copiedBytes: 0,
    writtenEventIds: [],
  };
}

function cutOrder({ input, spec }: Sync, target: Target, { previous }: Base): CutOrder {
  return {
    spec,
    direction: input.direction,
    target,
    published: input.published,
    settled: settledBy(previous),
  };
}

/** One table to staging, in the target region. */
async function send(
  sync: Sync,
  base: Base,
  { table, tableId, version, sourceRetention }: CutTable,
): Promise<ClonedTable> {
  const { input, spec } = sync;
  const { source, target } = endsOf(input.direction);
  const stamp = {
    sourceTableId: tableId,
    sourceVersion: version,
    syncId: input.syncId,
    epoch: input.epoch,
    controller: input.controller,
  };
  const result = await clone(sync.source, {
    head: headOf(spec),
    direction: input.direction,
    hop: 'send',
    table,
    stamp,
    fromVersion: version,
    sourceRetention,
    oldestKept: base.oldestKept[table[source]] ?? null,
    baseline: null,
    again: base.sendAgain,
    reading: null,
  });
  sync.copiedBytes += result.clone?.copiedBytes ?? 0;
  const entry: ManifestEntry = {
    sourceTable: table[source],
    targetTable: table[target],
    stagingLocation: stagingLocation(spec, table, input.direction),
    sourceTableId: tableId,
    sourceVersion: version,
    stagingVersion: result.version,
    stagingCommittedAt: result.committedAt,
    stamp: result.stamp,
    sourceRetention,
    targetVersionBefore: null,
    carried: false,
  };
  return { entry, clone: result.clone ?? nothingMoved, targetVersion: null };
}

const nothingMoved = {
  hop: 'send',
  sourceFiles: 0,
  sourceBytes: 0,
  copiedBytes: 0,
  copiedFiles: 0,
  removedFiles: 0,
  durationMs: 0,
} as const;

/** The manifest is complete: an unchanged table repeats its earlier entry. */
function recoveryPoint(sync: Sync, base: Base, cut: Cut, sent: readonly ClonedTable[]): RecoveryPoint {
  const { input, spec } = sync;
  const { source } = endsOf(input.direction);
  const sentEntries = new Map(sent.map(({ entry }) => [entry.sourceTable, entry]));
  const earlier = new Map(base.previous?.manifest.map((entry) => [entry.sourceTable, entry]));
  const manifest = cut.tables.map(({ table }) => {
    const fresh = sentEntries.get(table[source]);
    if (fresh) return fresh;
    const carried = earlier.get(table[source]);
    if (!carried) throw new Error(`${table[source]} is unchanged, yet no earlier point holds it`);
    return { ...carried, carried: true };
  });
  return {
    syncId: input.syncId,
    source: cut.target.kind === 'run' ? { kind: 'run', ...cut.target.run } : { kind: 'snapshot' },
    runEndTime: cut.target.endTime,
    epoch: input.epoch,
    controller: input.controller,
    specHash: spec.specHash,
    manifest,
  };
}

const publishOrder = (sync: Sync, point: RecoveryPoint, { previous, baselines }: Base): PublishOrder => ({
  head: headOf(sync.spec),
  direction: sync.input.direction,
  point,
  epoch: sync.input.epoch,
  controller: sync.input.controller,
  previous,
  baselines,
  strandAs: null,
  progress: newProgress(),
});

type Published =
  | { readonly tables: readonly ClonedTable[] }
  /** `mixed`: it could not be undone either. */
  | { readonly failure: Failure; readonly mixed: boolean };

/**
 * Publishes the point. When that fails for good, the complete point before it is published again: readers are never
 * left with a mix. Where that fails too, the next tick completes it before anything else; so it does on the very first
 * sync, which has no point before it.
 */
async function publishOrUndo(sync: Sync, order: PublishOrder, readings: readonly TargetReading[]): Promise<Published> {
  const { point, previous } = order;
  try {
    return { tables: await publishInAttempts(sync, order, readings, point.syncId) };
  } catch (thrown) {
    const failure = failureOf(thrown);
    if (!previous) throw thrown;
    let undone: readonly ClonedTable[];
    try {
      await quiesceTarget(sync, null);
      undone = await publish(sync.target, { ...order, point: previous, previous: point, progress: newProgress() });
    } catch (alsoThrown) {
      return { failure: bothFailures(failure, failureOf(alsoThrown)), mixed: true };
    }
    const occasion = `/after-${point.syncId}`;
    await record(sync, [
      failureRow(sync.author, 'failed', `${point.syncId}/failed`, failure, Date.now(), { syncId: point.syncId }),
      ...pointRows(sync.author, 'rolled_back', previous, undone, Date.now(), occasion),
    ]);
    return { failure, mixed: false };
  }
}

const bothFailures = (publishing: Failure, undoing: Failure): Failure => ({
  ...publishing,
  message: `${publishing.message} To publish the point before it again failed, too (${undoing.code}): ${undoing.message}`,
});

const quiesceTarget = (sync: Sync, keepSyncId: string | null): Promise<void> =>
  sync.target.waiting.quiesce({ head: headOf(sync.spec), region: endsOf(sync.input.direction).target, keepSyncId });

/** What made a statement fail is often over a moment later: attempts in one breath would all meet it. */
const pauseBetweenAttempts = '5 seconds';

/**
 * Repeats a phase whose steps gave up, as often as the sync has attempts left. What is already done is found done. A
 * hold is not repeated: it waits for a newer run or for an operator.
 */
async function withAttempts<Result>(sync: Sync, phase: () => Promise<Result>): Promise<Result> {
  while (true) {
    try {
      return await phase();
    } catch (thrown) {
      const { code } = failureOf(thrown);
      sync.failedAttempts += 1;
      if (code === 'VERIFY_FAILED') sync.failedVerifications += 1;
      if (sync.failedVerifications > 1) throw thrown;
      if (isCutHold(code) || isOperatorHold(code) || sync.failedAttempts >= sync.spec.maxRetries) throw thrown;
      await sleep(pauseBetweenAttempts);
    }
  }
}

const record = (sync: Sync, rows: readonly LedgerRow[]): Promise<void> =>
  sync.target.short.recordEvents.executeWithOptions({ summary: `ledger ${rows.at(-1)?.event ?? ''}` }, [
    { head: headOf(sync.spec), region: endsOf(sync.input.direction).target, rows },
  ]);

/** Old files cost money and nothing else: what keeps them from being removed today is tried again tomorrow. */
async function vacuumStaging({ target, spec, input }: Sync): Promise<void> {
  try {
    await target.wide.vacuumStaging({ spec, direction: input.direction });
  } catch (thrown) {
    const { code, message } = failureOf(thrown);
    log.warn('staging could not be vacuumed', { code, message });
  }
}

async function notPublished(sync: Sync, failure: Failure): Promise<SyncOutcome> {
  const result = resultOf(failure);
  const row = failureRow(sync.author, result, `${sync.input.syncId}/${result}`, failure, Date.now(), attempted(sync));
  try {
    await record(sync, [row]);
  } catch (thrown) {
    // The ledger may be what failed. The entity still says it: in its state, its mail and the Web UI.
    failureOf(thrown);
  }
  return { ...facts(sync), result, failure };
}

/** What was to be published. */
function attempted({ input, completing }: Sync): Partial<LedgerRow> {
  const { target, syncId } = input;
  if (completing) return pointFields(completing);
  const run = target?.kind === 'run' ? target.run : { runId: null, repairId: null };
  return { syncId, runId: run.runId, repairId: run.repairId, runEndTime: target?.endTime ?? null };
}

const resultOf = ({ code }: Failure): 'held' | 'failed' =>
  isCutHold(code) || isOperatorHold(code) ? 'held' : 'failed';

async function tellOwner(
  sync: Sync,
  point: PointSummary,
  cut: Cut,
  tables: readonly ClonedTable[],
): Promise<Failure | null> {
  if (sync.spec.successMail === 'off') return null;
  try {
    await mailSteps.notify(
      { workspace: sync.input.workspace, group: sync.input.group },
      syncMail(sync.spec, sync.input.direction, point, cut, tables, facts(sync)),
    );
    return null;
  } catch (thrown) {
    return failureOf(thrown);
  }
}

const facts = (sync: Sync) => ({
  syncId: sync.input.syncId,
  copiedBytes: sync.copiedBytes,
  durationMs: Date.now() - sync.startedAt,
  writtenEventIds: sync.writtenEventIds,
});

const summaryOf = (point: RecoveryPoint, publishedAt: number): PointSummary => ({
  syncId: point.syncId,
  source: point.source,
  runEndTime: point.runEndTime,
  publishedAt,
  tableCount: point.manifest.length,
  specHash: point.specHash,
});

function tell(sync: Sync, doing: string): void {
  const { target } = sync.input;
  if (target === null) {
    setCurrentDetails(doing);
    return;
  }
  const what = target.kind === 'run' ? `run ${target.run.runId}` : 'snapshot';
  setCurrentDetails(`**${what}** (${new Date(target.endTime).toISOString()}): ${doing}`);
}
