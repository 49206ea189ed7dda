import { activityInfo, heartbeat } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { DrError, isTransient } from '../domain/failure.js';

/**
 * "Not yet": ends this attempt, and asks for the next one after a delay. The one mechanism by which the product waits
 * for anything outside: no slot is held, no history grows, a cancel takes effect at once. BENIGN, for nothing is wrong.
 */
export const notYet = (what: string, delayMs: number): ApplicationFailure =>
  ApplicationFailure.create({
    type: 'NOT_YET',
    message: `not yet: ${what}`,
    nextRetryDelay: delayMs,
    category: ApplicationFailureCategory.BENIGN,
  });

/** What has taken long will take a while yet: looks get rarer, from one second to `mostMs`. */
export function adaptiveDelayMs(nowMs: number, mostMs: number): number {
  const elapsedMs = nowMs - activityInfo().scheduledTimestampMs;
  return Math.round(Math.min(mostMs, Math.max(1000, elapsedMs / 20)));
}

/**
 * Looks once at something that is waited for. A region that is silent for longer than `limitMs` ends the waiting with
 * its own failure; a shorter silence is only another "not yet". When it last answered is kept in the heartbeat, which
 * the server hands from attempt to attempt.
 */
export async function lookPatiently<Result>(
  limitMs: number,
  now: () => number,
  look: () => Promise<Result>,
): Promise<Result> {
  const answeredAt = lastAnswer() ?? activityInfo().scheduledTimestampMs;
  try {
    const result = await look();
    heartbeat({ answeredAt: now() });
    return result;
  } catch (thrown) {
    heartbeat({ answeredAt });
    if (!(thrown instanceof DrError) || !isTransient(thrown.code)) throw thrown;
    if (now() - answeredAt > limitMs) throw new GaveUp(thrown);
    throw thrown;
  }
}

/** A transient failure that lasted too long: not retried inside this step any more. */
export class GaveUp extends Error {
  override readonly name = 'GaveUp';
  readonly failure: DrError;

  constructor(failure: DrError) {
    super(failure.message, { cause: failure });
    this.failure = failure;
  }
}

function lastAnswer(): number | null {
  const details: unknown = activityInfo().heartbeatDetails;
  if (typeof details !== 'object' || details === null) return null;
  const { answeredAt } = details as { answeredAt?: unknown };
  return typeof answeredAt === 'number' ? answeredAt : null;
}
