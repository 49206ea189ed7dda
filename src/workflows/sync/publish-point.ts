import type { Base, TargetReading } from '../../activities/contract.js';
import type { Failure } from '../../domain/failure.js';
import type { ClonedTable } from '../../domain/ledger-events.js';
import { failureRow, pointRows } from '../../domain/ledger-events.js';
import type { RecoveryPoint } from '../../domain/point.js';
import { endsOf, headOf } from '../../domain/spec.js';
import { failureOf } from '../failure.js';
import type { PublishOrder } from '../publish.js';
import { guardTargets, newProgress, publish } from '../publish.js';
import { inAttempts } from './attempts.js';
import { record } from './record.js';
import type { Sync } from './sync.js';

export const publishOrder = (sync: Sync, point: RecoveryPoint, { previous, baselines }: Base): PublishOrder => ({
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

/** Stops what still writes to the targets, but for statements of this sync id, and sees what they hold. */
export async function lookAtTargets(
  sync: Sync,
  order: PublishOrder,
  keepSyncId: string | null,
): Promise<readonly TargetReading[]> {
  await quiesceTarget(sync, keepSyncId);
  return guardTargets(sync.target, order);
}

const quiesceTarget = (sync: Sync, keepSyncId: string | null): Promise<void> =>
  sync.target.waiting.quiesce({ head: headOf(sync.spec), region: endsOf(sync.input.direction).target, keepSyncId });

/** Publishes right after a look at the targets. What that found says nothing any more once an attempt has replaced tables. */
export async function publishInAttempts(
  sync: Sync,
  order: PublishOrder,
  readings: readonly TargetReading[],
  keepSyncId: string | null,
): Promise<readonly ClonedTable[]> {
  let found: readonly TargetReading[] | null = readings;
  return inAttempts(sync, async () => {
    const known = found;
    found = null;
    if (known === null) await quiesceTarget(sync, keepSyncId);
    return publish(sync.target, order, known ?? []);
  });
}

export type Published =
  | { readonly tables: readonly ClonedTable[] }
  /** `mixed`: it could not be undone either. */
  | { readonly failure: Failure; readonly mixed: boolean };

/**
 * Publishes the point. When that fails for good, the complete point before it is published again: readers are never
 * left with a mix. Where that fails too, the next tick completes it before anything else; so it does on the very first
 * sync, which has no point before it.
 */
export async function publishOrUndo(
  sync: Sync,
  order: PublishOrder,
  readings: readonly TargetReading[],
): Promise<Published> {
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
