import { isCutHold } from '../failure.js';
import type { LedgerRow } from '../ledger.js';
import type { PointSummary } from '../point.js';
import { sameRun } from '../runs.js';
import type { SyncCompleted } from './outcomes.js';
import type { GroupState, LastLook } from './state.js';

/**
 * A publish that began and is not known to have ended with a whole point: until then the target tables may hold a mix of
 * two. `complete`: to be brought to a whole point before anything else. `interrupted`: so, too, whatever the ledgers tell, for
 * a switch was ended before it could tell them anything. `roll-forward`: no point is left that they could be brought to; the
 * next sync makes one.
 */
export type UnfinishedPublish = 'complete' | 'interrupted' | 'roll-forward';

/** Tables that readers see are being replaced from here on. */
export const publishBegan = (state: GroupState): GroupState => ({ ...state, unfinishedPublish: 'complete' });

/**
 * Whether the next thing to do is to complete a publish. It is tried at every tick, paused or held, for a mix is worse
 * than either: all bytes are in the target region, and nothing of the other one is asked. Only a hold that says whose the
 * tables are, or what may be overwritten in them, comes first.
 */
export const mustComplete = ({ unfinishedPublish, due, held }: GroupState): boolean =>
  (unfinishedPublish === 'complete' || unfinishedPublish === 'interrupted') &&
  due !== 'no' &&
  (held === null || !asksWhoseTheTablesAre(held.code));

const asksWhoseTheTablesAre = (code: NonNullable<GroupState['held']>['code']): boolean =>
  !isCutHold(code) && ['TARGET_CHANGED', 'DIVERGED', 'SUPERSEDED', 'GROUP_NOT_CONFIGURED'].includes(code);

/** The target tables hold one whole point again. What is due, or why the group is held, is as it was. */
export function afterCompletion(
  state: GroupState,
  { syncId, point, undone, copiedBytes, durationMs }: SyncCompleted,
  pointsKept: number,
  nowMs: number,
): GroupState {
  const result = undone ? 'rolled_back' : 'published';
  const points = [point, ...state.points.filter((known) => known.syncId !== point.syncId)];
  return {
    ...state,
    unfinishedPublish: null,
    protection: 'protected',
    due: state.paused ? 'no' : state.due,
    points: points.slice(0, pointsKept),
    lastSync: { syncId, result, copiedBytes, durationMs, at: nowMs },
    lastLook: state.lastLook && withoutPublished(state.lastLook, point),
  };
}

/** Runs up to the published one are not behind any more. */
function withoutPublished(look: LastLook, { source }: PointSummary): LastLook {
  const published = source.kind === 'run' ? look.unpublishedRuns.findIndex((run) => sameRun(run, source)) : -1;
  if (published === -1) return look;
  return { ...look, unpublishedRuns: look.unpublishedRuns.slice(0, published), runsBehind: published };
}

/** No point is left to complete: the next sync has to make a new one. */
export const completionImpossible = (state: GroupState): GroupState => ({
  ...state,
  unfinishedPublish: 'roll-forward',
});

const pointEvents: readonly LedgerRow['event'][] = ['sent', 'published', 'rolled_back', 'failed_over', 'switched_over'];

/**
 * Whether the newest point of a ledger was sent and never became a whole one in the target tables. It may not even have
 * been begun: to look is cheap, and to leave a mix is not.
 *
 * @param events group rows, oldest first
 */
export const wasLeftUnfinished = (events: readonly LedgerRow[]): boolean =>
  events.findLast(({ event, tableName }) => tableName === null && pointEvents.includes(event))?.event === 'sent';
