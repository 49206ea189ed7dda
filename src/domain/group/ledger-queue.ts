import type { LedgerRow } from '../ledger.js';
import type { LedgerAuthor } from '../ledger-events.js';
import { failureRow, ledgerRow } from '../ledger-events.js';
import { directionFrom } from '../region.js';
import type { GroupState } from './state.js';

/** Operators who pause and resume in a loop must not fill the state: the newest events say what is so. */
const keptEvents = 200;

const authorOf = (state: GroupState): LedgerAuthor => ({
  workspace: state.workspace,
  group: state.group,
  epoch: state.epoch,
  controller: state.controller,
  direction: directionFrom(state.activeRegion),
});

const queue = (state: GroupState, row: LedgerRow): GroupState => ({
  ...state,
  ledgerQueue: [...state.ledgerQueue, row].slice(-keptEvents),
});

/** The ledger has these events now. */
export const withoutWritten = (state: GroupState, eventIds: readonly string[]): GroupState => ({
  ...state,
  ledgerQueue: state.ledgerQueue.filter(({ eventId }) => !eventIds.includes(eventId)),
});

/** An operator paused or resumed the group: written with the next statement in the ledger, no warehouse is woken for it. */
export const recordRequest = (
  state: GroupState,
  event: 'paused' | 'resumed',
  requestId: string,
  nowMs: number,
): GroupState => queue(state, ledgerRow(authorOf(state), event, `${state.controller}/${event}/${requestId}`, nowMs));

/** A look at the runs alone put the group on hold: no statement was made that could have told the ledger. */
export function recordHold(state: GroupState): GroupState {
  const { held } = state;
  if (!held) return state;
  const eventId = `${state.controller}/held/${held.code}/${held.since}`;
  if (state.ledgerQueue.some((row) => row.eventId === eventId)) return state;
  const run = held.run ? { runId: held.run.runId, repairId: held.run.repairId } : {};
  return queue(state, failureRow(authorOf(state), 'held', eventId, held, held.since, run));
}

/** The old region's job was fenced, with what has to be restored when it comes back. */
export function recordFenced(state: GroupState, nowMs: number): GroupState {
  const { fence } = state;
  if (!fence) return state;
  const detail = JSON.stringify({ region: fence.region, saved: fence.saved });
  return queue(state, ledgerRow(authorOf(state), 'fenced', `${fence.switchId}/fenced`, nowMs, { detail }));
}
