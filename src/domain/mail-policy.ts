import { isOperatorHold } from './failure.js';
import type { FailureMailState } from './group/state.js';
import type { MailEvent } from './mail-event.js';

/** Reminders of one and the same trouble: often enough to be seen, rare enough to be read. */
export const reminderSpacingMs = 60 * 60_000;

export interface MailDecision {
  readonly mail: boolean;
  /** What the caller keeps and hands in with the next event; null: nothing is wrong. */
  readonly state: FailureMailState | null;
}

/**
 * Decides whether an event is worth a mail. Trouble (failed, rolled back, held, RPO exceeded, fence refused) is mailed at once when it
 * begins and then at most hourly until it is over; its end is mailed only if its beginning was. An operator hold that
 * began after the last mail is mailed at once all the same, for it needs a person. Everything else is always mailed.
 *
 * Failures, the RPO and a fence are troubles of their own: keep one state for each.
 *
 * @param state  as the last decision returned it; null when all was well
 * @param nowMs  epoch ms
 */
export function shouldMail(state: FailureMailState | null, event: MailEvent, nowMs: number): MailDecision {
  switch (event.kind) {
    case 'sync_failed':
    case 'sync_rolled_back':
    case 'held':
    case 'rpo_exceeded':
    case 'fence_refused':
      return troubled(state, event, nowMs);
    case 'recovered':
    case 'rpo_recovered':
      return { mail: state !== null, state: null };
    default:
      return { mail: true, state };
  }
}

function troubled(state: FailureMailState | null, event: MailEvent, nowMs: number): MailDecision {
  if (state === null) return { mail: true, state: { firstFailedAt: nowMs, lastMailedAt: nowMs } };
  if (nowMs - state.lastMailedAt < reminderSpacingMs && !needsPersonAnew(state, event)) return { mail: false, state };
  return { mail: true, state: { ...state, lastMailedAt: nowMs } };
}

const needsPersonAnew = (state: FailureMailState, event: MailEvent): boolean =>
  event.kind === 'held' && isOperatorHold(event.failure.code) && event.since > state.lastMailedAt;
