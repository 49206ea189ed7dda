import type { Failure } from '../failure.js';
import { isTransient } from '../failure.js';
import type { MailEvent, MailPoint } from '../mail-event.js';
import { shouldMail } from '../mail-policy.js';
import type { PointSummary } from '../point.js';
import { directionFrom, otherRegion } from '../region.js';
import type { RunKey } from '../runs.js';
import type { GroupSettings } from '../spec.js';
import type { SwitchOutcome, SyncCompleted } from './outcomes.js';
import type { SwitchRequest } from './requests.js';
import type { GroupState } from './state.js';

/** A mail server that is away for days must not fill the state: beyond this the oldest mails are dropped, and counted. */
const keptMails = 20;

export const mailPoint = (point: PointSummary): MailPoint => ({
  syncId: point.syncId,
  run: point.source.kind === 'run' ? { runId: point.source.runId, repairId: point.source.repairId } : null,
  runEndTime: point.runEndTime,
});

/** Queues a mail where the policy wants one. */
function queue(state: GroupState, event: MailEvent, nowMs: number): GroupState {
  const decision = shouldMail(state.failureMail, event, nowMs);
  const told = { ...state, failureMail: decision.state };
  return decision.mail ? withMail(told, event, nowMs) : told;
}

/** One more mail that waits to be sent. Those that a full queue has no room for are counted. */
export function withMail(state: GroupState, event: MailEvent, nowMs: number): GroupState {
  const waiting = [...state.mailQueue, event];
  const queued = { ...state, mailQueue: waiting.slice(-keptMails) };
  return waiting.length > keptMails ? withLostMails(queued, waiting.length - keptMails, nowMs) : queued;
}

export const withLostMails = (state: GroupState, count: number, nowMs: number): GroupState => ({
  ...state,
  lostMails: { count: (state.lostMails?.count ?? 0) + count, lastAt: nowMs },
});

/** Tells of the failure that the state now shows: a hold, or a sync that published nothing. */
export function reportFailure(
  state: GroupState,
  settings: Pick<GroupSettings, 'syncIntervalMinutes'> | null,
  run: RunKey | null,
  nowMs: number,
  result: 'failed' | 'rolled_back' | 'held' = 'failed',
): GroupState {
  const failure = state.lastError;
  if (!failure) return state;
  const { workspace, group } = state;
  const [newest] = state.points;
  const point = newest ? mailPoint(newest) : null;
  const plain: Failure = {
    code: failure.code,
    message: failure.message,
    ...(failure.remedy === undefined ? {} : { remedy: failure.remedy }),
  };
  const mixed = state.unfinishedPublish !== null;
  // An older hold may stand while something else fails.
  if (state.held?.code === failure.code) {
    const eventId = `${workspace}/${group}/held/${state.held.code}/${state.held.since}`;
    return queue(
      state,
      { kind: 'held', workspace, group, eventId, at: nowMs, failure: plain, since: state.held.since, point, mixed },
      nowMs,
    );
  }
  const nextSyncAt =
    settings && state.lastTickAt !== null ? state.lastTickAt + settings.syncIntervalMinutes * 60_000 : null;
  return queue(
    state,
    {
      kind: result === 'rolled_back' ? 'sync_rolled_back' : 'sync_failed',
      workspace,
      group,
      eventId: `${workspace}/${group}/failed/${nowMs}`,
      at: nowMs,
      direction: directionFrom(state.activeRegion),
      run,
      failure: plain,
      point,
      mixed,
      firstFailedAt: state.failureMail?.firstFailedAt ?? nowMs,
      nextSyncAt,
    },
    nowMs,
  );
}

/** The tables show one whole point again: told whatever was mailed before, for they were said to hold a mix. */
export function reportCompletion(state: GroupState, { point, undone }: SyncCompleted, nowMs: number): GroupState {
  const { workspace, group } = state;
  return queue(
    state,
    {
      kind: 'publish_completed',
      workspace,
      group,
      eventId: `${workspace}/${group}/completed/${point.syncId}/${nowMs}`,
      at: nowMs,
      region: otherRegion(state.activeRegion),
      point: mailPoint(point),
      undone,
    },
    nowMs,
  );
}

/** The first published sync after failures ends the trouble that was mailed. */
export function reportRecovery(state: GroupState, point: PointSummary, nowMs: number): GroupState {
  const { workspace, group } = state;
  return queue(
    state,
    {
      kind: 'recovered',
      workspace,
      group,
      eventId: `${workspace}/${group}/recovered/${point.syncId}`,
      at: nowMs,
      point: mailPoint(point),
      firstFailedAt: state.failureMail?.firstFailedAt ?? nowMs,
    },
    nowMs,
  );
}

/** Complete runs that are known, oldest first, with the time of their ends, epoch ms; null: not known. */
export function endedRuns({
  lastLook,
  points,
}: Pick<GroupState, 'lastLook' | 'points'>): readonly (RunKey & { readonly endTime: number | null })[] {
  const published = points.flatMap(({ source, runEndTime }) =>
    source.kind === 'run' ? [{ runId: source.runId, repairId: source.repairId, endTime: runEndTime }] : [],
  );
  const unpublished = (lastLook?.unpublishedRuns ?? []).map((run) => ({ ...run, endTime: run.endTime ?? null }));
  return [...unpublished, ...published].toReversed();
}

/** What a switch left behind: the point, what is missing after it, who still has to be fenced. */
export function reportSwitch(
  state: GroupState,
  settings: GroupSettings | null,
  request: SwitchRequest,
  outcome: Extract<SwitchOutcome, { result: 'switched' }>,
  before: Pick<GroupState, 'lastLook' | 'points'>,
  startedAt: number,
  nowMs: number,
): GroupState {
  const { workspace, group } = state;
  return queue(
    state,
    {
      kind: 'failed_over',
      workspace,
      group,
      eventId: `${workspace}/${group}/${outcome.switchId}`,
      at: nowMs,
      to: request.to,
      reason: request.reason,
      requestedBy: request.requestedBy,
      point: mailPoint(outcome.point),
      lostRuns: endedRuns(before)
        .filter(({ endTime }) => endTime === null || endTime > outcome.point.runEndTime)
        .map(({ runId, repairId }) => ({ runId, repairId })),
      interruptedRunIds: before.lastLook?.activeRunIds ?? [],
      identityTables: outcome.identityTables,
      uncoveredTables: outcome.uncoveredTables,
      job: settings?.job
        ? {
            name: settings.job[request.to],
            activated: settings.activateJob && outcome.jobFailure === null,
            failure: outcome.jobFailure,
          }
        : null,
      fencePending: settings?.job !== null,
      epoch: outcome.epoch,
      durationMs: nowMs - startedAt,
    },
    nowMs,
  );
}

/** The old region's job can't run any more. */
export function reportFenced(state: GroupState, settings: GroupSettings, nowMs: number): GroupState {
  const region = otherRegion(state.activeRegion);
  if (!settings.job || !state.fence) return state;
  const { workspace, group } = state;
  return queue(
    state,
    {
      kind: 'fenced',
      workspace,
      group,
      eventId: `${workspace}/${group}/${state.fence.switchId}/fenced`,
      at: nowMs,
      region,
      job: settings.job[region],
      canceledRunIds: [],
    },
    nowMs,
  );
}

/** A fence that waiting does not mend: told at once, then at most hourly until it holds. A silent region is no news. */
export function reportFenceRefused(
  state: GroupState,
  settings: GroupSettings | null,
  failure: Failure,
  nowMs: number,
): GroupState {
  const { workspace, group, fence } = state;
  if (!fence || !settings?.job || isTransient(failure.code)) return state;
  const event: MailEvent = {
    kind: 'fence_refused',
    workspace,
    group,
    eventId: `${workspace}/${group}/${fence.switchId}/fence_refused`,
    at: nowMs,
    region: fence.region,
    job: settings.job[fence.region],
    failure,
  };
  const decision = shouldMail(fence.mail ?? null, event, nowMs);
  const told = { ...state, fence: { ...fence, mail: decision.state } };
  return decision.mail ? withMail(told, event, nowMs) : told;
}

/** The oldest mail is out. */
export const afterMail = (state: GroupState, { eventId }: MailEvent): GroupState => ({
  ...state,
  mailQueue: state.mailQueue.filter((mail) => mail.eventId !== eventId),
});

/** A mail that can't be sent never stops anything, and is never lost in silence: status shows it. */
export const afterMailFailure = (state: GroupState, mail: MailEvent, failure: Failure, nowMs: number): GroupState => ({
  ...withLostMails(afterMail(state, mail), 1, nowMs),
  lastError: { ...failure, at: nowMs },
});
