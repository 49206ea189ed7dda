import type { SyncOutcome } from '../../domain/group/outcomes.js';
import { pointRows } from '../../domain/ledger-events.js';
import { whileReceiving } from '../receiving.js';
import { lookAtTargets, publishAfterLook, publishOrder } from './publish-point.js';
import { recordWithQueued } from './record.js';
import { summaryOf } from './send.js';
import type { Sync } from './sync.js';
import { facts, tell } from './sync.js';

/**
 * Brings the target tables to one whole point again: the newest one that a failover would take too, not older than the
 * published one. All its bytes are in the target region; nothing of the source is asked.
 */
export async function completePublish(sync: Sync): Promise<SyncOutcome> {
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
  const order = { ...publishOrder(sync, point, base), isPublished: publishedBefore !== null };
  // What another controller has submitted for the same point is not ours to wait for.
  const keepSyncId = point.epoch === input.epoch ? point.syncId : null;
  const readings = await lookAtTargets(sync, order, keepSyncId);
  const received = await whileReceiving(input, () => publishAfterLook(sync, order, readings, keepSyncId));
  const undone = point.syncId === base.previous?.syncId;
  const event = undone ? 'rolled_back' : 'published';
  const publishedAt = Date.now();
  const occasion = undone ? `/completed-${input.syncId}` : '';
  await recordWithQueued(sync, pointRows(sync.author, event, point, received, publishedAt, occasion));
  return { ...facts(sync), result: 'completed', point: summaryOf(point, publishedBefore ?? publishedAt), undone };
}
