import { isOperatorHold } from '../failure.js';
import type { LedgerRow } from '../ledger.js';
import type { FencedDetail, LedgerAuthor, RequestDetail } from '../ledger-events.js';
import { failureRow, ledgerRow } from '../ledger-events.js';
import type { Region } from '../region.js';
import { directionFrom, otherRegion } from '../region.js';
import type { RequestStatus } from '../status.js';
import type { GroupState } from './state.js';

/** Operators who pause and resume in a loop must not fill the state: the newest events say what is so. */
const keptEvents = 100;
/** As many answers as `status` shows; they never push out what the group's state is rebuilt from. */
const keptAnswers = 50;

const authorOf = (state: GroupState): LedgerAuthor => ({
  workspace: state.workspace,
  group: state.group,
  epoch: state.epoch,
  controller: state.controller,
  direction: directionFrom(state.activeRegion),
});

/** Whose ledger events go to: the region being protected into; while exposed, the active one. */
export const ledgerRegion = ({ protection, activeRegion }: GroupState): Region =>
  protection === 'exposed' ? activeRegion : otherRegion(activeRegion);

function queue(state: GroupState, row: LedgerRow): GroupState {
  const rows = [...state.ledgerQueue, row];
  const answers = rows.filter(({ event }) => event === 'request').slice(-keptAnswers);
  const others = rows.filter(({ event }) => event !== 'request').slice(-keptEvents);
  return { ...state, ledgerQueue: rows.filter((each) => answers.includes(each) || others.includes(each)) };
}

/**
 * Whether an event has to be in the ledger soon, though a warehouse is started for it. These are rare, and a controller
 * that starts from nothing could not find them out by looking: a pause may last for days without another statement. Cut
 * holds it finds again by itself, and the answers of requests go along with whatever is written next.
 */
const isUrgent = ({ event, errorCode }: LedgerRow): boolean =>
  event === 'paused' ||
  event === 'resumed' ||
  event === 'fenced' ||
  event === 'failed_over' ||
  (event === 'held' && errorCode !== null && isOperatorHold(errorCode));

/** Whether queued events are to be written now. What could not be written is tried again by the next tick. */
export const mustRecord = ({ ledgerQueue, ledgerFailedAt, lastTickAt }: GroupState): boolean =>
  ledgerQueue.some(isUrgent) && (ledgerFailedAt === null || (lastTickAt ?? 0) > ledgerFailedAt);

/** The ledger has these events now. */
export const withoutWritten = (state: GroupState, eventIds: readonly string[]): GroupState => ({
  ...state,
  ledgerFailedAt: eventIds.length === 0 ? state.ledgerFailedAt : null,
  ledgerQueue: state.ledgerQueue.filter(({ eventId }) => !eventIds.includes(eventId)),
});

/** The answer to a request; those to `pause` and `resume` are events of their own, since the group's state follows them. */
export function recordAnswer(state: GroupState, request: RequestStatus): GroupState {
  const event = request.outcome === 'done' ? eventOf[request.kind] : 'request';
  const eventId = `${state.controller}/${event}/${request.id}`;
  // An operator may give a request any name, and the newest answer to it is the one that counts.
  const others = { ...state, ledgerQueue: state.ledgerQueue.filter((row) => row.eventId !== eventId) };
  const detail: RequestDetail = { request };
  const at = Date.parse(request.at);
  return queue(others, ledgerRow(authorOf(state), event, eventId, at, { detail: JSON.stringify(detail) }));
}

const eventOf = { pause: 'paused', resume: 'resumed', syncNow: 'request', failover: 'request' } as const;

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
  const detail: FencedDetail = { region: fence.region, saved: fence.saved };
  const eventId = `${fence.switchId}/fenced`;
  return queue(state, ledgerRow(authorOf(state), 'fenced', eventId, nowMs, { detail: JSON.stringify(detail) }));
}
