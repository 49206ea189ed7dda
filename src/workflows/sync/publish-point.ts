import type { Base, TargetReading } from '../../activities/contract.js';
import type { Failure } from '../../domain/failure.js';
import type { ClonedTable } from '../../domain/ledger-events.js';
import { failureRow, pointRows } from '../../domain/ledger-events.js';
import type { RecoveryPoint } from '../../domain/point.js';
import { endsOf, headOf } from '../../domain/spec.js';
import { failureOf } from '../failure.js';
import type { PublishOrder } from '../publish.js';
import { guardTargets, newProgress, publish, publishInAttempts } from '../publish.js';
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
  isPublished: false,
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

const quiesceTarget = ({ target, spec, input, author }: Sync, keepSyncId: string | null): Promise<void> =>
  target.waiting.quiesce({
    head: headOf(spec),
    region: endsOf(input.direction).target,
    keepSyncId,
    holder: { epoch: author.epoch, controller: author.controller },
  });

/** Publishes right after a look at the targets. */
export const publishAfterLook = (
  sync: Sync,
  order: PublishOrder,
  readings: readonly TargetReading[],
  keepSyncId: string | null,
): Promise<readonly ClonedTable[]> =>
  publishInAttempts(sync, sync.target, order, readings, () => quiesceTarget(sync, keepSyncId));

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
    return { tables: await publishAfterLook(sync, order, readings, point.syncId) };
  } catch (thrown) {
    const failure = failureOf(thrown);
    // The tables are another controller's by now: to undo anything would take its work back.
    if (!previous || failure.code === 'SUPERSEDED') throw thrown;
    let undone: readonly ClonedTable[];
    try {
      await quiesceTarget(sync, null);
      undone = await publish(sync.target, {
        ...order,
        point: previous,
        previous: point,
        isPublished: true,
        progress: newProgress(),
      });
    } catch (alsoThrown) {
      const undoing = failureOf(alsoThrown);
      if (undoing.code === 'SUPERSEDED') throw alsoThrown;
      return { failure: bothFailures(failure, undoing), mixed: true };
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
