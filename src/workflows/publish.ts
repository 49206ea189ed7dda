import type { Baselines, CloneOrder, CloneResult, TargetReading } from '../activities/contract.js';
import { inParallel } from '../domain/in-parallel.js';
import type { ClonedTable } from '../domain/ledger-events.js';
import type { ManifestEntry, RecoveryPoint } from '../domain/point.js';
import { versionBefore } from '../domain/point.js';
import type { Direction } from '../domain/region.js';
import type { GroupHead, TableSpec } from '../domain/spec.js';
import { endsOf } from '../domain/spec.js';
import type { Attempts } from './attempts.js';
import { inAttempts } from './attempts.js';
import { clone, putAside } from './clone.js';
import { failed, failureOf } from './failure.js';
import type { HostSteps } from './steps.js';

export interface PublishOrder {
  readonly head: GroupHead;
  readonly direction: Direction;
  readonly point: RecoveryPoint;
  /** Epoch and controller that publish: those of the stamp, so that an older publish can't come after this one. */
  readonly epoch: number;
  readonly controller: string;
  /** Point that readers see now: its tables are replaced first, those new to them last. */
  readonly previous: RecoveryPoint | null;
  /** A switch that accepts the loss puts changed tables aside under this name first; null: they are refused. */
  readonly strandAs: string | null;
  /** Target content that was accepted before: it may be replaced though no sync wrote it. */
  readonly baselines: Baselines;
  /** The ledger says so: its tables were verified. Else what is found right may have been left by somebody who had not come to that. */
  readonly isPublished: boolean;
  /** Kept from attempt to attempt: what the next one finds right may still have to be verified. */
  readonly progress: PublishProgress;
}

/** What the attempts of one publish did so far, by target table. */
export interface PublishProgress {
  readonly cloned: Map<string, ClonedTable>;
  /** Failed verification: cloned once more although they seem to be right. */
  readonly suspect: Set<string>;
}

export const newProgress = (): PublishProgress => ({ cloned: new Map(), suspect: new Set() });

/**
 * Refuses the publish as a whole, before a table is replaced: a changed one that is met in the middle would leave
 * readers with a mix. Quiesce first: what an earlier statement still writes would not be seen.
 *
 * @returns how every table was found, for the publish that follows at once
 * @throws what `guardTargets` throws
 */
export const guardTargets = (
  steps: HostSteps,
  { head, direction, point, epoch, controller, baselines }: PublishOrder,
): Promise<readonly TargetReading[]> =>
  steps.wide.guardTargets({
    head,
    direction,
    holder: { epoch, controller },
    tables: point.manifest.map(({ targetTable, sourceTableId, sourceVersion }) => ({
      targetTable,
      sourceTableId,
      sourceVersion,
      baseline: baselines[targetTable] ?? null,
    })),
  });

/**
 * Makes the registered tables hold a recovery point: every table whose content is not already right is cloned from
 * staging at the version that the manifest names, then verified. All bytes are in the target region; running it twice
 * changes nothing the second time.
 *
 * @param found what the guard found just before; tables that it does not tell are looked at by their clones
 * @returns the tables that were cloned, by earlier attempts too, with what the clone moved
 */
export async function publish(
  steps: HostSteps,
  order: PublishOrder,
  found: readonly TargetReading[] = [],
): Promise<ClonedTable[]> {
  const { head, point, previous, progress } = order;
  const readings = new Map(found.map((reading) => [reading.targetTable, reading]));
  if (!order.isPublished)
    for (const table of madeBefore(point, readings)) progress.cloned.set(table.entry.targetTable, table);
  const wanted = point.manifest.filter(({ targetTable }) => !readings.get(targetTable)?.current);
  const known = new Set(previous?.manifest.map((entry) => entry.targetTable));
  const replaced = wanted.filter((entry) => known.has(entry.targetTable));
  const added = wanted.filter((entry) => !known.has(entry.targetTable));

  for (const entries of [replaced, added]) {
    await inParallel(entries, head.maxParallelTables, async (entry) => {
      const table = await receive(steps, order, entry, readings.get(entry.targetTable) ?? null);
      if (table) progress.cloned.set(entry.targetTable, table);
      progress.suspect.delete(entry.targetTable);
    });
  }
  const cloned = [...progress.cloned.values()];
  if (cloned.length > 0) await verify(steps, order, cloned);
  return cloned;
}

/** Tables that an earlier publish of this point has cloned, and did not live to tell. */
const madeBefore = (point: RecoveryPoint, readings: ReadonlyMap<string, TargetReading>): ClonedTable[] =>
  point.manifest.flatMap((entry) => {
    const made = readings.get(entry.targetTable)?.made;
    if (made?.syncId !== point.syncId) return [];
    const targetVersionBefore = versionBefore(made.version);
    return [{ entry: { ...entry, targetVersionBefore }, clone: made.facts, targetVersion: made.version }];
  });

/**
 * Publishes, as often as attempts are left. What a look found before says nothing any more once an attempt has replaced
 * tables.
 *
 * @param quiesce stops what an attempt has left running
 */
export async function publishInAttempts(
  attempts: Attempts,
  steps: HostSteps,
  order: PublishOrder,
  readings: readonly TargetReading[],
  quiesce: () => Promise<void>,
): Promise<readonly ClonedTable[]> {
  let found: readonly TargetReading[] | null = readings;
  return inAttempts(attempts, async () => {
    const known = found;
    found = null;
    if (known === null) await quiesce();
    return publish(steps, order, known ?? []);
  });
}

/** Tables that differ from their staging version are suspect: the next attempt clones them again. @throws VERIFY_FAILED */
async function verify(steps: HostSteps, order: PublishOrder, cloned: readonly ClonedTable[]): Promise<void> {
  const mismatches = await steps.wide.verifyTables({
    head: order.head,
    direction: order.direction,
    tables: cloned.map(({ entry, targetVersion, clone: { sourceFiles, sourceBytes } }) => ({
      ...{ entry, targetVersion: targetVersion ?? 0, sourceFiles, sourceBytes },
    })),
  });
  if (mismatches.length === 0) return;
  for (const { targetTable } of mismatches) order.progress.suspect.add(targetTable);
  const list = mismatches.map(({ targetTable, why }) => `${targetTable} is not what staging holds: ${why}`);
  throw failed({
    code: 'VERIFY_FAILED',
    message: `${list.join('; ')}.`,
    remedy:
      'Nothing to do: the tables are cloned again, and if that does not help the recovery point before is published.',
  });
}

async function receive(
  steps: HostSteps,
  order: PublishOrder,
  entry: ManifestEntry,
  reading: TargetReading | null,
): Promise<ClonedTable | null> {
  const cloneOrder: CloneOrder = {
    head: order.head,
    direction: order.direction,
    hop: 'receive',
    table: tableOf(order.direction, entry),
    stamp: {
      sourceTableId: entry.sourceTableId,
      sourceVersion: entry.sourceVersion,
      syncId: order.point.syncId,
      epoch: order.epoch,
      controller: order.controller,
    },
    fromVersion: entry.stagingVersion,
    sourceRetention: entry.sourceRetention,
    keep: null,
    baseline: order.baselines[entry.targetTable] ?? null,
    again: order.progress.suspect.has(entry.targetTable),
    reading,
  };
  const result = await cloneOrPutAside(steps, cloneOrder, order.strandAs);
  const told = result.found === true && (order.isPublished || order.progress.cloned.has(entry.targetTable));
  if (!result.clone || told) return null;
  return {
    entry: { ...entry, targetVersionBefore: result.versionBefore },
    clone: result.clone,
    targetVersion: result.version,
  };
}

/** Rows that nobody published are refused; or, on demand, put aside before they are replaced. */
async function cloneOrPutAside(steps: HostSteps, order: CloneOrder, strandAs: string | null): Promise<CloneResult> {
  try {
    return await clone(steps, order);
  } catch (thrown) {
    if (strandAs === null || failureOf(thrown).code !== 'TARGET_CHANGED') throw thrown;
    return clone(steps, { ...order, reading: null, baseline: await putAside(steps, order, strandAs) });
  }
}

/** The table's names as the manifest wrote them down: a point is published as it was made, whatever the config says now. */
function tableOf(direction: Direction, entry: ManifestEntry): TableSpec {
  const { source } = endsOf(direction);
  return source === 'primary'
    ? { primary: entry.sourceTable, secondary: entry.targetTable }
    : { primary: entry.targetTable, secondary: entry.sourceTable };
}
