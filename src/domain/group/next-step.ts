import { isCutHold } from '../failure.js';
import { otherRegion } from '../region.js';
import type { GroupSettings } from '../spec.js';
import type { GroupState } from './state.js';

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
  /** Look at the job's runs, and sync or wait for a run's end as they tell. */
  | { readonly do: 'sync' }
  /** Nothing to do until a signal comes, or until `untilMs` (epoch ms). */
  | { readonly do: 'rest'; readonly untilMs: number | null };

/** A ledger that could not be read is not asked again at once. */
const pauseAfterFailureMs = 10_000;

/**
 * Decides what the entity does next; a pure function of its state.
 *
 * @param settings null before the config was first read
 */
export function nextStep(state: GroupState, settings: GroupSettings | null, nowMs: number): Step {
  if (state.switchRequest) return { do: 'switch' };
  if (state.mailQueue.length > 0) return { do: 'mail' };
  if (state.fence?.checkDue || (state.fence?.confirmedAt === null && !state.fence.refused)) return { do: 'fence' };
  if (state.protection === 'exposed') return { do: 'rest', untilMs: null };
  if (state.held && !isCutHold(state.held.code)) return { do: 'rest', untilMs: null };
  if (!state.ledgersRead.includes(otherRegion(state.activeRegion))) {
    const again = (state.lastError?.at ?? 0) + pauseAfterFailureMs;
    return again > nowMs ? { do: 'rest', untilMs: again } : { do: 'rebuild' };
  }
  if (state.paused) return { do: 'rest', untilMs: null };
  if (state.due === 'no') return { do: 'rest', untilMs: null };
  if (state.due === 'tick') {
    const earliest = earliestSync(state, settings);
    if (earliest > nowMs) return { do: 'rest', untilMs: earliest };
  }
  return { do: 'sync' };
}

/** With `sync_trigger: "completion"` at most one sync per interval; with `interval` the Schedule spaces them itself. */
function earliestSync(state: GroupState, settings: GroupSettings | null): number {
  if (settings?.trigger !== 'completion' || state.lastSyncStartedAt === null) return 0;
  return state.lastSyncStartedAt + settings.syncIntervalMinutes * 60_000;
}
