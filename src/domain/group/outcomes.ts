import type { Failure, FailureCode } from '../failure.js';
import { isCutHold, isOperatorHold } from '../failure.js';
import type { LedgerRow } from '../ledger.js';
import type { PointSummary } from '../point.js';
import type { Region } from '../region.js';
import { otherRegion } from '../region.js';
import type { RunKey } from '../runs.js';
import type { RequestOutcome } from '../status.js';
import type { RecordedIn } from './ledger-gap.js';
import { eventsRecorded } from './ledger-gap.js';
import { withoutWritten } from './ledger-queue.js';
import { withLostMails } from './mail-queue.js';
import type { SwitchRequest } from './requests.js';
import { answerRequest } from './requests.js';
import type { Due, GroupState, LastLook } from './state.js';

/** State holds a few words, not one per table. */
const keptWarnings = 5;

interface SyncFacts {
  readonly syncId: string;
  readonly copiedBytes: number;
  readonly durationMs: number;
  /** Queued ledger events that this sync wrote with its own. */
  readonly writtenEventIds: readonly string[];
  /** Absent: it began under a worker that did not tell. */
  readonly recordedIn?: RecordedIn;
}

/** `unchanged`: a run ended that changed nothing; its point repeats the versions of the one before. */
export interface SyncPublished extends SyncFacts {
  readonly result: 'published' | 'unchanged';
  readonly point: PointSummary;
  /** Of the cut: versions near their expiry. */
  readonly warnings?: readonly string[];
  /** Why the success mail could not be sent; null when it was, or was not wanted. */
  readonly mailFailure: Failure | null;
  /** Staging was vacuumed, as far as that could be done. Absent: it began under a worker that did not tell. */
  readonly vacuumed?: boolean;
}

export interface SyncNotPublished extends SyncFacts {
  readonly result: 'failed' | 'rolled_back' | 'held';
  readonly failure: Failure;
}

/** Cancelled by a switch, which rolls forward: nothing was undone. */
export interface SyncCanceled extends SyncFacts {
  readonly result: 'canceled';
}

/** Completed a publish that an earlier sync had left half-way: the target tables hold this point as a whole. */
export interface SyncCompleted extends SyncFacts {
  readonly result: 'completed';
  readonly point: PointSummary;
  /** The point before the one that could not be published; false: that one. */
  readonly undone: boolean;
}

/** How a sync ended, as its workflow reports it. Ids and counts only. */
export type SyncOutcome = SyncPublished | SyncNotPublished | SyncCanceled | SyncCompleted;

/** How a switch ended. */
export type SwitchOutcome =
  | {
      readonly result: 'switched';
      readonly switchId: string;
      /** The tables were right and the job not yet let run, epoch ms. */
      readonly switchedAt: number;
      readonly epoch: number;
      readonly point: PointSummary;
      /** Configured tables that the recovery point does not cover: they hold whatever they held. */
      readonly uncoveredTables: readonly string[];
      /** Tables with identity columns: their generated values may repeat. */
      readonly identityTables: readonly string[];
      /** The tables are right, but the job could not be let run here; null when it was, or is not to be. */
      readonly jobFailure: Failure | null;
      /** Events that could not be written to the ledger in time; the entity writes them later. */
      readonly pendingEvents: readonly LedgerRow[];
    }
  | {
      readonly result: 'refused';
      readonly failure: Failure;
      /** Raised when tables were about to be replaced; null when it was refused before. */
      readonly epoch: number | null;
    };

/** The newest look at the runs, whatever it leads to. */
export const afterLook = (state: GroupState, look: LastLook): GroupState => ({ ...state, lastLook: look });

/**
 * Nothing new to sync: the request that asked for it is answered.
 *
 * @param holdStands the cut that was refused is still the newest; otherwise a cut hold is lifted
 */
export function afterNothingToDo(state: GroupState, holdStands: boolean): GroupState {
  const held = holdStands || (state.held && !isCutHold(state.held.code)) ? state.held : null;
  return closeSyncRequest({ ...state, due: 'no', held, lastError: recoveredFrom(state) }, 'no-change');
}

/** The sync that was asked for is not to be made now. */
export const refuseOpenSync = (state: GroupState, code: FailureCode): GroupState =>
  closeSyncRequest(state, 'refused', code);

/** A look or a sync failed. It is shown and mailed; the next tick tries again, unless an operator has to act. */
export function afterFailure(state: GroupState, failure: Failure, run: RunKey | null, nowMs: number): GroupState {
  const failed: GroupState = { ...state, due: 'no', lastError: { ...failure, at: nowMs } };
  if (!isCutHold(failure.code) && !isOperatorHold(failure.code))
    return closeSyncRequest(failed, 'failed', failure.code);
  const sameHold = state.held?.code === failure.code && state.held.run?.runId === run?.runId;
  const since = sameHold && state.held ? state.held.since : nowMs;
  return closeSyncRequest({ ...failed, held: { ...failure, since, run } }, 'failed', failure.code);
}

/**
 * A sync ended.
 *
 * @param answers the request that it was made for; one that came meanwhile asks for the next sync
 */
export function afterSync(
  before: GroupState,
  outcome: Exclude<SyncOutcome, SyncCompleted>,
  run: RunKey | null,
  pointsKept: number,
  answers: string | null,
  nowMs: number,
): GroupState {
  const later = before.openSyncRequestId === answers ? null : before.openSyncRequestId;
  const ended = afterOutcome({ ...before, openSyncRequestId: answers }, outcome, run, pointsKept, nowMs);
  return later === null ? ended : { ...ended, openSyncRequestId: later, due: ended.held ? ended.due : 'now' };
}

/**
 * The sync of an earlier life (terminated or reset by hand) has ended. What became of it the ledgers know, not this
 * state: they are read again before anything else, and what was due before still is.
 */
export const afterEarlierSync = (state: GroupState, dueBefore: Due): GroupState => ({
  ...state,
  ledgersRead: [],
  due: state.due === 'no' ? dueBefore : state.due,
});

function afterOutcome(
  before: GroupState,
  outcome: Exclude<SyncOutcome, SyncCompleted>,
  run: RunKey | null,
  pointsKept: number,
  nowMs: number,
): GroupState {
  const state = withoutWritten(before, outcome.writtenEventIds);
  const lastSync = {
    syncId: outcome.syncId,
    result: outcome.result,
    copiedBytes: outcome.copiedBytes,
    durationMs: outcome.durationMs,
    at: nowMs,
  };
  if (outcome.result === 'canceled') return closeSyncRequest({ ...state, lastSync }, 'failed');
  if ('point' in outcome) {
    const published: GroupState = {
      ...state,
      // A run may have ended while this one was copied: one more look is cheap and wakes no warehouse.
      due: state.due === 'no' ? 'no' : 'tick',
      lastSync,
      lastError: outcome.mailFailure && { ...outcome.mailFailure, at: nowMs },
      held: null,
      protection: 'protected',
      unfinishedPublish: null,
      warnings: (outcome.warnings ?? []).slice(0, keptWarnings),
      points: newestFirst(outcome.point, state.points).slice(0, pointsKept),
      lastLook: state.lastLook && { ...state.lastLook, unpublishedRuns: [], runsBehind: 0 },
    };
    return closeSyncRequest(outcome.mailFailure ? withLostMails(published, 1, nowMs) : published, 'done');
  }
  const failed = { ...afterFailure(state, outcome.failure, run, nowMs), lastSync };
  return outcome.result === 'rolled_back' ? { ...failed, unfinishedPublish: null } : failed;
}

/** A switch ended: the group is served from the other region, and exposed until it is protected the other way. */
export function afterSwitch(state: GroupState, outcome: SwitchOutcome, nowMs: number): GroupState {
  const request = state.switchRequest;
  if (!request) return state;
  const answered: GroupState = { ...state, switchRequest: null };
  if (outcome.result === 'refused') {
    const { code } = outcome.failure;
    const there = code === 'ALREADY_THERE';
    const refused = answerRequest(answered, request.requestId, there ? 'no-change' : 'refused', code);
    return {
      ...refused,
      // The ledger knows of a switch that this state does not: what else it does not know is read there.
      ledgersRead: there ? [] : state.ledgersRead,
      // Tables that were replaced already carry the new epoch: this controller must not be outranked by itself.
      epoch: Math.max(state.epoch, outcome.epoch ?? 0),
      unfinishedPublish: outcome.epoch === null ? state.unfinishedPublish : 'complete',
      // The switch has cancelled the sync that ran: it is made again.
      due: state.openSyncRequestId === null ? 'tick' : 'now',
      lastError: { ...outcome.failure, at: nowMs },
    };
  }
  const switched: GroupState = {
    ...answered,
    epoch: outcome.epoch,
    activeRegion: request.to,
    switchedAt: outcome.switchedAt,
    protection: 'exposed',
    unfinishedPublish: null,
    due: 'no',
    held: null,
    lastError: outcome.jobFailure && { ...outcome.jobFailure, at: nowMs },
    points: newestFirst(outcome.point, state.points),
    ledgerQueue: [...state.ledgerQueue, ...outcome.pendingEvents],
    fence: {
      region: otherRegion(request.to),
      switchId: outcome.switchId,
      confirmedAt: null,
      checkDue: false,
      saved: null,
      refused: false,
      mail: null,
    },
  };
  const told = answerRequest(switched, request.requestId, 'done');
  return closeSyncRequest(eventsRecorded(told, outcome.switchedAt), 'failed');
}

/** What was asked for already was so: only the ledgers knew, when it was asked. */
export const afterNeedlessSwitch = (state: GroupState, { requestId }: SwitchRequest): GroupState =>
  answerRequest({ ...state, switchRequest: null }, requestId, 'no-change');

export const withSavedJob = (state: GroupState, saved: NonNullable<GroupState['fence']>['saved']): GroupState => ({
  ...state,
  fence: state.fence && { ...state.fence, saved },
});

export const afterFence = (state: GroupState, region: Region, nowMs: number): GroupState =>
  state.fence?.region === region
    ? {
        ...state,
        // Another error than the fence's own still stands: a job that could not be let run, above all.
        lastError: state.fence.refused ? null : state.lastError,
        fence: { ...state.fence, confirmedAt: nowMs, checkDue: false, refused: false, mail: null },
      }
    : state;

/** A fence that is refused (a right is missing, the job is gone) is not tried in a loop: the next tick asks again. */
export const afterFenceFailure = (state: GroupState, failure: Failure, nowMs: number): GroupState => ({
  ...state,
  lastError: { ...failure, at: nowMs },
  fence: state.fence && { ...state.fence, checkDue: false, refused: true },
});

const newestFirst = (newest: PointSummary, points: readonly PointSummary[]): readonly PointSummary[] => [
  newest,
  ...points.filter((point) => point.syncId !== newest.syncId),
];

function closeSyncRequest(state: GroupState, outcome: RequestOutcome, code: FailureCode | null = null): GroupState {
  if (state.openSyncRequestId === null) return state;
  const answered = answerRequest(state, state.openSyncRequestId, outcome, code);
  return { ...answered, openSyncRequestId: null };
}

/** An unreachable region that answers again is no error any more; other errors stand until a sync is published. */
function recoveredFrom(state: GroupState): GroupState['lastError'] {
  return state.lastError?.code === 'REGION_UNREACHABLE' ? null : state.lastError;
}
