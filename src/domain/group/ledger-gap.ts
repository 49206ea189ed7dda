/** What a group knows of the difference between the ledgers of its two regions, and when it is closed. */
import type { Failure } from '../failure.js';
import { isTransient } from '../failure.js';
import type { LedgerRow } from '../ledger.js';
import { oldestDifference } from '../ledger-copy.js';
import type { GroupState } from './state.js';

/** One ledger may have events that the other one lacks. */
export interface LedgerGap {
  /** What was recorded before this is in both, epoch ms; null: they were never compared. */
  readonly since: number | null;
  /**
   * `now`: there is something to tell. `next-tick`: a region was silent. `next-event`: not before something is recorded
   * again; a warehouse that is asked at every tick for something that waiting does not mend would never sleep.
   */
  readonly close: 'now' | 'next-tick' | 'next-event';
  /** When it was last tried in vain, epoch ms. */
  readonly triedAt: number | null;
  /** What it failed with; null: it did not since it was last closed. */
  readonly failure: Failure | null;
}

/** What was recorded before this controller could read both ledgers, or by workers that copied nothing. */
export const neverCompared: LedgerGap = { since: null, close: 'next-event', triedAt: null, failure: null };

/** What a sync recorded: in the ledger of the region being protected into, and perhaps in the other one, too. */
export type RecordedIn = 'neither' | 'one' | 'both';

/**
 * Events may come late: written with the clock of somebody else, or by somebody of whom the group's workflow does not know
 * (`apply --accept-baseline`). Both ledgers are compared from so long before the gap on.
 */
const lateByMs = 24 * 3600_000;

/** From when on both ledgers are compared, epoch ms. */
export const comparedFrom = ({ since }: LedgerGap): number => Math.max(0, (since ?? 0) - lateByMs);

/** Something was recorded in one ledger, now or (where it waited in the queue) at `since`, epoch ms. */
export const eventsRecorded = (state: GroupState, since: number): GroupState => ({
  ...state,
  ledgerGap: { ...widened(state.ledgerGap, since), close: 'now', triedAt: null },
});

/** Something may have been recorded, and nobody can say: it is looked for along with the next event. */
export const eventsMayBeRecorded = (state: GroupState, since: number): GroupState => ({
  ...state,
  ledgerGap: widened(state.ledgerGap, since),
});

const widened = (gap: LedgerGap | null, since: number): LedgerGap =>
  gap === null
    ? { since, close: 'next-event', triedAt: null, failure: null }
    : { ...gap, since: gap.since === null ? null : Math.min(gap.since, since) };

/** A sync ended. @param since when it began, or the oldest event that it wrote for others was queued, epoch ms */
export function afterRecording(state: GroupState, recordedIn: RecordedIn, since: number): GroupState {
  if (recordedIn === 'both') return { ...state, ledgerGap: null };
  return recordedIn === 'one' ? eventsRecorded(state, since) : state;
}

/**
 * The ledgers were read, as far as a group's state is rebuilt from them.
 *
 * @param other null: it was silent
 */
export function ledgersCompared(
  state: GroupState,
  one: readonly LedgerRow[],
  other: readonly LedgerRow[] | null,
  nowMs: number,
): GroupState {
  if (other === null) return { ...state, ledgerGap: state.ledgerGap ?? neverCompared };
  const since = Math.min(oldestDifference(one, other) ?? nowMs, state.ledgerGap?.since ?? nowMs);
  return { ...state, ledgerGap: { since, close: 'now', triedAt: null, failure: null } };
}

/** The copying came to its end. @param reached where it was cut short, epoch ms; null: both ledgers are the same */
export const afterCopy = (state: GroupState, reached: number | null): GroupState => ({
  ...state,
  ledgerGap: reached === null ? null : { since: reached, close: 'next-event', triedAt: null, failure: null },
});

/** The copying failed: a region that is silent is asked again with the next tick, a refusal is not. */
export const afterCopyFailure = (state: GroupState, failure: Failure, nowMs: number): GroupState => ({
  ...state,
  ledgerGap: state.ledgerGap && {
    ...state.ledgerGap,
    close: isTransient(failure.code) ? 'next-tick' : 'next-event',
    triedAt: nowMs,
    failure,
  },
});

/** Whether the ledgers are to be made alike now. While nothing was recorded, no warehouse is woken for it. */
export const mustCopyEvents = ({ ledgerGap, lastTickAt }: GroupState): boolean =>
  ledgerGap !== null &&
  (ledgerGap.close === 'now' || (ledgerGap.close === 'next-tick' && (lastTickAt ?? 0) > (ledgerGap.triedAt ?? 0)));
