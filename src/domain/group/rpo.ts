import type { MailEvent } from '../mail-event.js';
import { shouldMail } from '../mail-policy.js';
import type { GroupSettings } from '../spec.js';
import { mailPoint, withMail } from './mail-queue.js';
import type { GroupState, SeenSettings } from './state.js';

/** Keeps what the loop has to know of the config between two looks at it, also through a continue-as-new. */
export function withSettings(state: GroupState, settings: GroupSettings, nowMs: number): GroupState {
  const { job, trigger, syncIntervalMinutes, rpoTargetMinutes } = settings;
  const seen: SeenSettings = { job, trigger, syncIntervalMinutes, rpoTargetMinutes };
  // Without a recovery point there is no age: time counts from when the group was first known to want one.
  const since = rpoTargetMinutes === null ? null : (state.rpo.since ?? nowMs);
  return { ...state, seen, syncIntervalMinutes, rpo: { ...state.rpo, since } };
}

/**
 * The instant (epoch ms) from which the recovery point is older than its target; null without a target. It does not ask
 * why: a job that does not run, a hold, a pause, a region that is silent and a sync that takes long all count.
 */
export function rpoPassedAt({ points: [newest], seen, rpo }: GroupState): number | null {
  const target = seen?.rpoTargetMinutes ?? null;
  const from = newest?.runEndTime ?? rpo.since;
  return target === null || from === null ? null : from + target * 60_000;
}

/** When the next mail about the RPO may be due, epoch ms; null: not before something else happens. */
export const rpoAlertAt = (state: GroupState): number | null => (state.rpo.mail === null ? rpoPassedAt(state) : null);

/** Queues the mail that the target was passed (once), or that it is met again. Otherwise the state as it was. */
export function watchRpo(state: GroupState, nowMs: number): GroupState {
  const passedAt = rpoPassedAt(state);
  const alarmed = state.rpo.mail !== null;
  // A target that was taken out of the config leaves nothing to recover to.
  if (passedAt === null) return alarmed ? { ...state, rpo: { ...state.rpo, mail: null } } : state;
  const passed = nowMs >= passedAt;
  // A target that was raised makes no recovery point of none.
  if (passed === alarmed || (alarmed && state.points.length === 0)) return state;
  const event = rpoEvent(state, passed ? 'rpo_exceeded' : 'rpo_recovered', nowMs);
  const decision = shouldMail(state.rpo.mail, event, nowMs);
  const told = { ...state, rpo: { ...state.rpo, mail: decision.state } };
  return decision.mail ? withMail(told, event, nowMs) : told;
}

function rpoEvent(state: GroupState, kind: 'rpo_exceeded' | 'rpo_recovered', nowMs: number): MailEvent {
  const { workspace, group, seen } = state;
  const [newest] = state.points;
  return {
    kind,
    workspace,
    group,
    eventId: `${workspace}/${group}/${kind}/${newest?.syncId ?? 'none'}`,
    at: nowMs,
    targetMinutes: seen?.rpoTargetMinutes ?? 0,
    point: newest ? mailPoint(newest) : null,
  };
}
