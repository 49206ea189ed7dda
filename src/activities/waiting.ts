import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { DrError, isTransient } from '../domain/failure.js';

/**
 * "Not yet": ends this attempt, and asks for the next one after a delay. The one mechanism by which the product waits
 * for anything outside: no slot is held, no history grows, a cancel takes effect at once. BENIGN, for nothing is wrong.
 *
 * @param ifNever what it means when the step's time is up before it comes about
 */
export const notYet = (what: string, delayMs: number, ifNever?: DrError): ApplicationFailure =>
  ApplicationFailure.create({
    type: 'NOT_YET',
    message: `not yet: ${what}`,
    details: ifNever ? [ifNever.toFailure()] : [],
    nextRetryDelay: delayMs,
    category: ApplicationFailureCategory.BENIGN,
  });

/** What has taken long will take a while yet: looks get rarer, from one second to `mostMs`. */
export function adaptiveDelayMs(nowMs: number, mostMs: number): number {
  const elapsedMs = nowMs - activityInfo().scheduledTimestampMs;
  return Math.round(Math.min(mostMs, Math.max(1000, elapsedMs / 20)));
}

/** Between two heartbeats of a step that works for long: well below the time after which its worker is taken for dead. */
const beatEveryMs = 5_000;

/**
 * Works at something that a silent region may keep from ending. A silence of more than `limitMs` ends the step with its
 * own failure; a shorter one is only one more attempt. When the region last answered is kept in the heartbeat, which the
 * server hands from attempt to attempt.
 *
 * @param work is given a function to call after every answer
 */
export async function workPatiently<Result>(
  limitMs: number,
  now: () => number,
  work: (answered: () => void) => Promise<Result>,
): Promise<Result> {
  let answeredAt = lastAnswer() ?? activityInfo().scheduledTimestampMs;
  const beat = (): void => heartbeat({ answeredAt });
  const beating = setInterval(beat, beatEveryMs);
  try {
    return await work(() => {
      answeredAt = now();
      beat();
    });
  } catch (thrown) {
    beat();
    if (thrown instanceof DrError && isTransient(thrown.code) && now() - answeredAt > limitMs) throw new GaveUp(thrown);
    throw thrown;
  } finally {
    clearInterval(beating);
  }
}

/** Looks once at something that is waited for; patient as `workPatiently` is. */
export const lookPatiently = <Result>(
  limitMs: number,
  now: () => number,
  look: () => Promise<Result>,
): Promise<Result> =>
  workPatiently(limitMs, now, async (answered) => {
    const result = await look();
    answered();
    return result;
  });

/** Often enough that a cancelled step knows it long before a switch takes the targets for quiet (15 s). */
const askEveryMs = 1_000;

/** A process that stood still for this long may have been taken for dead (after 20 s), and its step given to another one. */
const standstillMs = 10_000;

/**
 * Does something that must not be done by a step which nobody waits for any more: because it was cancelled, or because
 * its process stood still (a machine that was suspended) and another attempt was made meanwhile. Heartbeats are how a
 * step is told.
 *
 * @param work is given a function to call right before it changes anything; it throws where the step is not wanted
 */
export async function whileWanted<Result>(
  now: () => number,
  work: (assertWanted: () => void) => Promise<Result>,
): Promise<Result> {
  let aliveAt = now();
  let stoodStill = false;
  const live = (): void => {
    stoodStill ||= now() - aliveAt > standstillMs;
    aliveAt = now();
  };
  const asking = setInterval(() => {
    live();
    heartbeat();
  }, askEveryMs);
  try {
    return await work(() => {
      live();
      if (cancellationSignal().aborted) throw cancellationSignal().reason;
      if (stoodStill) throw notYet('this worker stood still', askEveryMs);
    });
  } finally {
    clearInterval(asking);
  }
}

/** A transient failure that another attempt of this step can't mend: it lasted too long, or what failed is over. */
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
