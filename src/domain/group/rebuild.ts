import { isFailureCode } from '../failure.js';
import type { LedgerRow } from '../ledger.js';
import type { FencedDetail, RequestDetail, SwitchDetail } from '../ledger-events.js';
import type { PointSummary } from '../point.js';
import type { Direction, Region } from '../region.js';
import { directionFrom, otherRegion } from '../region.js';
import type { RequestStatus } from '../status.js';
import { hasManifest } from './ledger-points.js';
import { withEarlierRequests } from './requests.js';
import type { Fence, GroupState, Hold } from './state.js';
import { wasLeftUnfinished } from './unfinished-publish.js';

/**
 * Who holds a group: of all who took it over or switched it, the highest epoch; at the same epoch whoever switched it,
 * then the smallest controller id.
 */
export interface Holder {
  readonly epoch: number;
  readonly controller: string;
}

const holding: readonly LedgerRow['event'][] = ['took_over', 'failed_over', 'switched_over'];

/** The holder as the ledger tells; null when nobody ever took the group. */
export function holderOf(rows: readonly LedgerRow[]): Holder | null {
  const claims = rows.filter((row) => row.tableName === null && holding.includes(row.event));
  const [first] = claims.toSorted(
    (a, b) =>
      b.epoch - a.epoch ||
      Number(a.event === 'took_over') - Number(b.event === 'took_over') ||
      compareText(a.controller, b.controller),
  );
  return first ? { epoch: first.epoch, controller: first.controller } : null;
}

/**
 * Rebuilds what a group's state can be rebuilt from: the ledgers. For a first start on an empty namespace, where it may
 * find nothing, and for a controller that comes back after another one held the group.
 *
 * @param state  the state so far; its controller, requests and signals are kept
 * @param rows   group rows (without table rows) of every ledger that could be read; the same event may come twice
 * @param read   the regions whose ledgers those are
 */
export function rebuildState(
  state: GroupState,
  rows: readonly LedgerRow[],
  read: readonly Region[],
  pointsKept: number,
): GroupState {
  const events = distinct(rows).toSorted((a, b) => a.epoch - b.epoch || a.recordedAt - b.recordedAt);
  const holder = holderOf(events);
  const lastSwitch = newestSwitch(events);
  const activeRegion = lastSwitch?.to ?? 'primary';
  const points = publishedPoints(events).slice(0, pointsKept);
  const ours = holder?.controller === state.controller;
  const newestEpoch = Math.max(0, ...events.map(({ epoch }) => epoch));
  const exposed = lastSwitch !== null && !publishedSince(events, lastSwitch.row.epoch, directionFrom(activeRegion));
  const rebuilt: GroupState = {
    ...state,
    // A take-over by another controller is a change of the epoch, so that whatever the former one still does is known as old.
    epoch: ours ? holder.epoch : Math.max(state.epoch, events.length === 0 ? 0 : newestEpoch + 1),
    activeRegion,
    switchedAt: lastSwitch?.at ?? null,
    ledgersRead: read,
    protection: exposed ? 'exposed' : points.length > 0 ? 'protected' : 'unprotected',
    points,
    fence: lastSwitch ? fenceAfter(state, events, lastSwitch) : null,
  };
  const [first] = state.ledgersRead;
  // A controller that only reads a ledger again, which was silent before, knows the rest better itself.
  if (first !== undefined) return rebuilt;
  const lastWord = lastOf(events, ['held', 'resumed', 'published', 'failed_over', 'switched_over']);
  const unfinished = wasLeftUnfinished(events.filter((row) => row.direction === directionFrom(activeRegion)));
  return withEarlierRequests(
    {
      ...rebuilt,
      paused: wasPaused(state, events),
      // Where one ledger was read before the other, the other may know how what the first one told has ended.
      held: lastWord && lastWord.recordedAt > (state.held?.since ?? 0) ? heldSince(lastWord) : state.held,
      unfinishedPublish: unfinished || (state.unfinishedPublish === 'interrupted' && !exposed) ? 'complete' : null,
      due: unfinished && state.due === 'no' ? 'tick' : state.due,
    },
    events.flatMap(requestOf),
  );
}

interface KnownSwitch {
  readonly row: LedgerRow;
  readonly to: Region;
  readonly switchId: string;
  /** Epoch ms; null: nobody knows. */
  readonly at: number | null;
}

/**
 * The newest switch that the ledgers tell of; null: the group is active where it began. A switch is recorded in the region
 * that it goes to. While that one is silent, the other one's ledger shows it all the same: points arrive from there.
 *
 * @param events oldest first
 */
export function newestSwitch(events: readonly LedgerRow[]): KnownSwitch | null {
  const row = events.findLast(({ event }) => event === 'failed_over' || event === 'switched_over');
  const detail = row && detailOf<SwitchDetail>(row);
  if (!row || !detail) return null;
  const known = { row, to: detail.to, switchId: detail.switchId, at: detail.switchedAt ?? null };
  const goneOn = events.findLast(
    (each) => hasManifest(each) && each.epoch > row.epoch && each.direction !== directionFrom(detail.to),
  );
  if (!goneOn) return known;
  const to = otherRegion(detail.to);
  return to === 'primary' ? null : { ...known, to, at: null };
}

/** What is known of the job of the region that was left: what the fence has overwritten there is restored from it one day. */
function fenceAfter(state: GroupState, events: readonly LedgerRow[], { to, switchId }: KnownSwitch): Fence {
  const region = otherRegion(to);
  if (state.fence?.switchId === switchId && state.fence.region === region) return state.fence;
  const fenced = events.findLast((row) => row.event === 'fenced' && detailOf<FencedDetail>(row)?.region === region);
  const holds = fenced?.eventId.startsWith(`${switchId}/`) === true;
  return {
    region,
    switchId,
    confirmedAt: holds ? fenced.recordedAt : null,
    checkDue: holds,
    // Also of an earlier switch: whoever reads them from the job now reads what that fence has left.
    saved: (fenced && detailOf<FencedDetail>(fenced)?.saved) ?? null,
    refused: false,
    mail: null,
  };
}

/** Operators' words count by time: the last one is what they want, whichever controller has taken it. */
function wasPaused(state: GroupState, events: readonly LedgerRow[]): boolean {
  const words = events.filter(({ event }) => event === 'paused' || event === 'resumed');
  const last = words.toSorted((a, b) => a.recordedAt - b.recordedAt).at(-1);
  return last ? last.event === 'paused' : state.paused;
}

const requestEvents: readonly LedgerRow['event'][] = ['paused', 'resumed', 'request'];

function requestOf(row: LedgerRow): RequestStatus[] {
  const detail = requestEvents.includes(row.event) ? detailOf<RequestDetail>(row) : null;
  return detail ? [detail.request] : [];
}

/** Whether this state has to claim the group in the ledger before anything it does counts. */
export const mustTakeOver = (state: GroupState, rows: readonly LedgerRow[]): boolean => {
  const holder = holderOf(rows);
  return holder?.controller !== state.controller || holder.epoch < state.epoch;
};

/** A row's recovery point, as state holds it. */
export function pointSummary(row: LedgerRow): PointSummary | null {
  if (row.syncId === null || row.runEndTime === null) return null;
  return {
    syncId: row.syncId,
    source: row.runId === null ? { kind: 'snapshot' } : { kind: 'run', runId: row.runId, repairId: row.repairId },
    runEndTime: row.runEndTime,
    publishedAt: row.recordedAt,
    tableCount: 0,
    specHash: row.specHash ?? '',
  };
}

/**
 * Newest first: the first is the one that the tables hold. A switch may have taken an older one, and a roll-back gone
 * back to one; when it was published is told by its own row all the same.
 */
function publishedPoints(events: readonly LedgerRow[]): PointSummary[] {
  const points = new Map<string, PointSummary>();
  for (const row of events.toReversed()) {
    if (!holdsPoint.includes(row.event) || row.syncId === null || points.has(row.syncId)) continue;
    const published = events.findLast(({ event, syncId }) => event === 'published' && syncId === row.syncId) ?? row;
    const point = pointSummary(published);
    if (point) points.set(row.syncId, point);
  }
  return [...points.values()];
}

const holdsPoint: readonly LedgerRow['event'][] = ['published', 'rolled_back', 'failed_over', 'switched_over'];

const publishedSince = (events: readonly LedgerRow[], epoch: number, direction: Direction): boolean =>
  events.some((row) => row.event === 'published' && row.direction === direction && row.epoch >= epoch);

const lastOf = (events: readonly LedgerRow[], names: readonly LedgerRow['event'][]): LedgerRow | undefined =>
  events.findLast((row) => names.includes(row.event));

function heldSince(row: LedgerRow): Hold | null {
  if (row.event !== 'held' || row.errorCode === null || !isFailureCode(row.errorCode)) return null;
  return {
    code: row.errorCode,
    message: row.errorMessage ?? '',
    since: row.recordedAt,
    run: row.runId === null ? null : { runId: row.runId, repairId: row.repairId },
  };
}

const detailOf = <Detail>({ detail }: LedgerRow): Detail | null =>
  detail === null ? null : (JSON.parse(detail) as Detail);

function distinct(rows: readonly LedgerRow[]): LedgerRow[] {
  const byId = new Map(rows.map((row) => [row.eventId, row]));
  return [...byId.values()];
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
