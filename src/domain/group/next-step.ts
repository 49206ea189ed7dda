import { isCutHold } from '../failure.js';
import { otherRegion } from '../region.js';
import type { GroupSettings } from '../spec.js';
import { mustCopyEvents } from './ledger-gap.js';
import { mustRecord } from './ledger-queue.js';
import { rpoAlertAt } from './rpo.js';
import type { GroupState, SeenSettings } from './state.js';
import { mustComplete } from './unfinished-publish.js';

/** What the entity does next. Exactly one thing at a time; whatever takes long is interrupted by what is more urgent. */
export type Step =
  /** Carry out the switch that was asked for. First of all: it works from every state. */
  | { readonly do: 'switch' }
  /** Send the oldest waiting mail. */
  | { readonly do: 'mail' }
  /** Rebuild the state from the ledgers: first start, or after another controller held the group. */
  | { readonly do: 'rebuild' }
  /** Fence the job of the region that was left, or look whether the fence still holds. */
  | { readonly do: 'fence' }
  /** Write to the ledger what it should know at once. */
  | { readonly do: 'record' }
  /** Copy to each region's ledger what only the other one has. */
  | { readonly do: 'copy' }
  /** Bring the target tables to one whole point: an earlier publish has left them half-way. */
  | { readonly do: 'complete' }
  /** Look at the job's runs, and sync or wait for a run's end as they tell. */
  | { readonly do: 'sync' }
  /** Nothing to do until a signal comes, or until `untilMs` (epoch ms). */
  | { readonly do: 'rest'; readonly untilMs: number | null };

/** A ledger that could not be read is not asked again at once. */
const pauseAfterFailureMs = 10_000;

/**
 * Decides what the entity does next; a pure function of its state. It never rests longer than until the mail that the
 * recovery point has become too old.
 *
 * @param settings as this life last read them; null: what an earlier one saw counts
 */
export function nextStep(state: GroupState, settings: GroupSettings | null, nowMs: number): Step {
  const step = stepByState(state, settings ?? state.seen, nowMs);
  // A sync that is due goes before the copying, for a ledger may be slow to answer; merely waiting for a run does not.
  const nothingDue = step.do === 'rest' || (step.do === 'sync' && state.due === 'no');
  if (nothingDue && mustCopyEvents(state)) return { do: 'copy' };
  return step.do === 'rest' ? { do: 'rest', untilMs: earlier(step.untilMs, rpoAlertAt(state)) } : step;
}

const earlier = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.min(a, b);

function stepByState(state: GroupState, settings: SeenSettings | null, nowMs: number): Step {
  if (state.switchRequest) return { do: 'switch' };
  if (state.mailQueue.length > 0) return { do: 'mail' };
  if (state.fence?.checkDue || (state.fence?.confirmedAt === null && !state.fence.refused)) return { do: 'fence' };
  if (state.protection === 'exposed') return mustRecord(state) ? { do: 'record' } : { do: 'rest', untilMs: null };
  const waitsForPerson = state.held !== null && !isCutHold(state.held.code);
  if (!state.ledgersRead.includes(otherRegion(state.activeRegion))) {
    if (waitsForPerson) return { do: 'rest', untilMs: null };
    const again = (state.lastError?.at ?? 0) + pauseAfterFailureMs;
    return again > nowMs ? { do: 'rest', untilMs: again } : { do: 'rebuild' };
  }
  if (mustRecord(state)) return { do: 'record' };
  if (mustComplete(state)) return { do: 'complete' };
  if (waitsForPerson || state.paused) return { do: 'rest', untilMs: null };
  if (mustAskSilentLedger(state)) return { do: 'rebuild' };
  if (state.due === 'now') return { do: 'sync' };
  const byCompletion = settings?.trigger === 'completion' && settings.job !== null;
  if (state.due === 'no' && !byCompletion) return { do: 'rest', untilMs: null };
  const earliest = byCompletion ? earliestSync(state, settings) : -Infinity;
  return earliest > nowMs ? { do: 'rest', untilMs: earliest } : { do: 'sync' };
}

/**
 * The ledger of a region that was silent when the state was rebuilt is asked again with each tick until it answers: also
 * with one that has nothing else left to do.
 */
const mustAskSilentLedger = ({ ledgersRead, activeRegion, lastTickAt, ledgersAskedAt }: GroupState): boolean =>
  !ledgersRead.includes(activeRegion) && (lastTickAt ?? 0) > (ledgersAskedAt ?? 0);

/**
 * With `sync_trigger: "completion"` the next run is always waited for, with at most one sync per interval; with
 * `interval` the Schedule spaces them itself. What failed, and a cut that is refused, is not looked at in a loop: it
 * waits for the interval, too, unless a tick comes.
 */
function earliestSync(state: GroupState, { syncIntervalMinutes }: SeenSettings): number {
  const asked = state.due === 'tick';
  // A mail that could not be sent says nothing about the job.
  const failed = asked || state.lastError?.code === 'MAIL_FAILED' ? null : state.lastError;
  const heldLookAt = asked || state.held === null ? null : (state.lastLook?.at ?? null);
  const last = Math.max(state.lastSyncStartedAt ?? -Infinity, failed?.at ?? -Infinity, heldLookAt ?? -Infinity);
  return last + syncIntervalMinutes * 60_000;
}
