import type { FailureCode } from '../failure.js';
import { isCutHold } from '../failure.js';
import type { Region } from '../region.js';
import type { RequestKind, RequestOutcome, RequestStatus } from '../status.js';
import { recordAnswer } from './ledger-queue.js';
import type { GroupState } from './state.js';

/** How many requests `status` shows, and how many ids are remembered against repeats. */
const keptRequests = 50;
const keptRequestIds = 200;

/** A switch that was asked for and not yet carried out. */
export interface SwitchRequest {
  readonly requestId: string;
  readonly to: Region;
  readonly reason: string | null;
  readonly requestedBy: string | null;
  readonly recoveryPoint: string | null;
  readonly acceptLoss: boolean;
}

/** The payload of any signal, after its shape was checked. */
export interface SignalInput {
  readonly requestId?: string;
  readonly requestedBy?: string;
  readonly reason?: string;
  readonly to?: Region;
  readonly recoveryPoint?: string;
  readonly acceptLoss?: boolean;
}

/**
 * Texts of a signal by key, and their greatest length. State keeps up to `keptRequestIds` ids and has to stay small.
 */
const longestTexts: ReadonlyMap<string, number> = new Map([
  ['requestId', 200],
  ['requestedBy', 200],
  ['recoveryPoint', 200],
  ['reason', 1000],
]);

/**
 * Checks a signal's payload by hand: it comes unchecked from any command line, and an exception in a handler would
 * stop the whole entity. An unknown key is an error: a misspelt `recoveryPoint` must not fail over to another point.
 *
 * @returns the input, or a sentence that says what is wrong with it
 */
export function parseSignalInput(payload: unknown): SignalInput | string {
  if (payload === undefined || payload === null) return {};
  if (typeof payload !== 'object' || Array.isArray(payload)) return 'the payload must be a JSON object';
  const fields = payload as Record<string, unknown>;
  for (const [key, value] of Object.entries(fields)) {
    const longest = longestTexts.get(key);
    if (longest !== undefined) {
      if (typeof value !== 'string' || value.length > longest || (key === 'requestId' && value === '')) {
        return `"${key}" must be a text of at most ${longest} characters`;
      }
    } else if (key === 'acceptLoss') {
      if (typeof value !== 'boolean') return '"acceptLoss" must be true or false';
    } else if (key === 'to') {
      if (value !== 'primary' && value !== 'secondary') return '"to" must be "primary" or "secondary"';
    } else {
      return `unknown key "${key.slice(0, 100)}"`;
    }
  }
  return fields as SignalInput;
}

/** One more signal that could not be taken: unknown name, undecodable or invalid payload. */
export const ignoreSignal = (state: GroupState): GroupState => ({
  ...state,
  ignoredSignals: state.ignoredSignals + 1,
});

interface Taken {
  readonly state: GroupState;
  readonly requestId: string;
}

/** Takes a request's id: null when it was taken before, so that a repeated signal changes nothing. */
function take(state: GroupState, kind: RequestKind, input: SignalInput): Taken | null {
  const requestId = input.requestId ?? namelessId(kind, state.namelessRequests + 1);
  if (state.seenRequestIds.includes(requestId)) return null;
  return {
    requestId,
    state: {
      ...state,
      namelessRequests: state.namelessRequests + (input.requestId === undefined ? 1 : 0),
      seenRequestIds: [requestId, ...state.seenRequestIds].slice(0, keptRequestIds),
    },
  };
}

function record(
  { state, requestId }: Taken,
  kind: RequestKind,
  nowMs: number,
  outcome: RequestOutcome,
  code: FailureCode | null = null,
): GroupState {
  const entry: RequestStatus = { id: requestId, kind, at: new Date(nowMs).toISOString(), outcome, code };
  const told = { ...state, requests: [entry, ...state.requests].slice(0, keptRequests) };
  return outcome === 'accepted' ? told : recordAnswer(told, entry);
}

/** Writes the outcome of a request that was accepted earlier. */
export function answerRequest(
  state: GroupState,
  requestId: string,
  outcome: RequestOutcome,
  code: FailureCode | null = null,
): GroupState {
  const asked = state.requests.find(({ id }) => id === requestId);
  if (!asked) return state;
  const answered: RequestStatus = { ...asked, outcome, code };
  const requests = state.requests.map((entry) => (entry === asked ? answered : entry));
  return recordAnswer({ ...state, requests }, answered);
}

/**
 * Requests that an earlier controller has answered, as the ledgers tell: they are shown, and a repeat of one of them is
 * ignored, as if this controller had taken it.
 */
export function withEarlierRequests(state: GroupState, earlier: readonly RequestStatus[]): GroupState {
  const known = new Set(state.requests.map(({ id }) => id));
  const unknown = [...new Map(earlier.filter(({ id }) => !known.has(id)).map((entry) => [entry.id, entry])).values()];
  const requests = [...state.requests, ...unknown].toSorted((a, b) => compareText(b.at, a.at));
  const seen = new Set(state.seenRequestIds);
  const ids = requests.map(({ id }) => id).filter((id) => !seen.has(id));
  return {
    ...state,
    requests: requests.slice(0, keptRequests),
    seenRequestIds: [...state.seenRequestIds, ...ids].slice(0, keptRequestIds),
    namelessRequests: Math.max(state.namelessRequests, ...requests.map(numberOfNameless)),
  };
}

const namelessId = (kind: RequestKind, number: number): string => `${kind}-${number}`;

/** The number in an id that was made for a request without one; 0 for others. */
function numberOfNameless({ id, kind }: RequestStatus): number {
  const number = Number(id.slice(kind.length + 1));
  return Number.isSafeInteger(number) && id === namelessId(kind, number) ? number : 0;
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The Schedule's tick. It re-checks a fence; paused it only completes what a sync has left half-way, exposed nothing else. */
export function onSyncDue(state: GroupState, nowMs: number): GroupState {
  const ticked = { ...state, lastTickAt: nowMs, fence: state.fence && { ...state.fence, checkDue: true } };
  if (state.protection === 'exposed') return ticked;
  if (state.paused && state.unfinishedPublish === null) return ticked;
  return { ...ticked, due: state.due === 'now' ? 'now' : 'tick' };
}

/** A sync on demand, without minimum spacing. Refused while paused, exposed or held for an operator. */
export function onSyncNow(state: GroupState, input: SignalInput, nowMs: number): GroupState {
  const taken = take(state, 'syncNow', input);
  if (!taken) return state;
  if (state.paused) return record(taken, 'syncNow', nowMs, 'refused', 'PAUSED');
  if (state.protection === 'exposed') return record(taken, 'syncNow', nowMs, 'refused', 'NOT_PROTECTED');
  if (state.held && !isCutHold(state.held.code)) return record(taken, 'syncNow', nowMs, 'refused', state.held.code);
  const before = state.openSyncRequestId;
  const superseded = before === null ? taken.state : answerRequest(taken.state, before, 'no-change');
  const accepted = record({ ...taken, state: superseded }, 'syncNow', nowMs, 'accepted');
  return { ...accepted, due: 'now', openSyncRequestId: taken.requestId };
}

/** No new sync starts; a running one finishes, and a switch always works. */
export function onPause(state: GroupState, input: SignalInput, nowMs: number): GroupState {
  const taken = take(state, 'pause', input);
  if (!taken) return state;
  if (state.paused) return record(taken, 'pause', nowMs, 'no-change');
  return { ...record(taken, 'pause', nowMs, 'done'), paused: true, due: 'no' };
}

/** Ends a pause and answers an operator hold: the group is tried again at once. */
export function onResume(state: GroupState, input: SignalInput, nowMs: number): GroupState {
  const taken = take(state, 'resume', input);
  if (!taken) return state;
  if (!state.paused && !state.held) return record(taken, 'resume', nowMs, 'no-change');
  const resumed = record(taken, 'resume', nowMs, 'done');
  // After SUPERSEDED another controller may have acted: what this one remembers is read anew from the ledgers.
  const ledgersRead = state.held?.code === 'SUPERSEDED' ? [] : state.ledgersRead;
  return { ...resumed, paused: false, held: null, ledgersRead, due: 'tick' };
}

/** A forced switch to a named region: a destination, never a toggle. Works from every state. */
export function onFailover(state: GroupState, input: SignalInput, nowMs: number): GroupState {
  const taken = take(state, 'failover', input);
  if (!taken) return state;
  const to = input.to ?? 'secondary';
  if (state.switchRequest && state.switchRequest.to !== to) {
    return record(taken, 'failover', nowMs, 'refused', 'SWITCH_UNDER_WAY');
  }
  // Before the ledgers were read nobody knows where the job is active.
  const isThere = state.ledgersRead.length > 0 && state.activeRegion === to;
  if (state.switchRequest || isThere) return record(taken, 'failover', nowMs, 'no-change');
  return {
    ...record(taken, 'failover', nowMs, 'accepted'),
    switchRequest: {
      requestId: taken.requestId,
      to,
      reason: input.reason ?? null,
      requestedBy: input.requestedBy ?? null,
      recoveryPoint: input.recoveryPoint ?? null,
      acceptLoss: input.acceptLoss ?? false,
    },
  };
}
