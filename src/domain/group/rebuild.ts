import { isFailureCode } from '../failure.js';
import type { LedgerRow } from '../ledger.js';
import type { SwitchDetail } from '../ledger-events.js';
import type { PointSummary } from '../point.js';
import type { Region } from '../region.js';
import { directionFrom, otherRegion } from '../region.js';
import type { GroupState, Hold } from './state.js';
import { wasLeftUnfinished } from './unfinished-publish.js';

/** Who holds a group: of all who took it over or switched it, the highest epoch, then the smallest controller id. */
export interface Holder {
  readonly epoch: number;
  readonly controller: string;
}

const holding: readonly LedgerRow['event'][] = ['took_over', 'failed_over', 'switched_over'];

/** The holder as the ledger tells; null when nobody ever took the group. */
export function holderOf(rows: readonly LedgerRow[]): Holder | null {
  const claims = rows.filter((row) => row.tableName === null && holding.includes(row.event));
  const [first] = claims.toSorted((a, b) => b.epoch - a.epoch || compareText(a.controller, b.controller));
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
  const lastSwitch = events.findLast((row) => row.event === 'failed_over' || row.event === 'switched_over');
  const switched = lastSwitch ? switchDetail(lastSwitch) : null;
  const activeRegion = switched?.to ?? 'primary';
  const points = publishedPoints(events).slice(0, pointsKept);
  const ours = holder?.controller === state.controller;
  const newestEpoch = Math.max(0, ...events.map(({ epoch }) => epoch));
  const exposed = lastSwitch !== undefined && !publishedSince(events, lastSwitch);
  const unfinished = wasLeftUnfinished(events.filter((row) => row.direction === directionFrom(activeRegion)));
  return {
    ...state,
    // A take-over by another controller is a change of the epoch, so that whatever the former one still does is known as old.
    epoch: ours ? holder.epoch : Math.max(state.epoch, events.length === 0 ? 0 : newestEpoch + 1),
    activeRegion,
    switchedAt: switched?.switchedAt ?? null,
    ledgersRead: read,
    paused: state.paused || lastOf(events, ['paused', 'resumed'])?.event === 'paused',
    held: state.held ?? heldSince(lastOf(events, ['held', 'resumed', 'published', 'failed_over', 'switched_over'])),
    protection: exposed ? 'exposed' : points.length > 0 ? 'protected' : 'unprotected',
    points,
    unfinishedPublish: unfinished ? 'complete' : null,
    due: unfinished && state.due === 'no' ? 'tick' : state.due,
    fence:
      exposed && switched
        ? {
            region: otherRegion(activeRegion),
            switchId: switched.switchId,
            confirmedAt: null,
            checkDue: false,
            saved: null,
            refused: false,
          }
        : null,
  };
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

function publishedPoints(events: readonly LedgerRow[]): PointSummary[] {
  const points: PointSummary[] = [];
  for (const row of events.toReversed()) {
    if (row.event !== 'published' && row.event !== 'rolled_back') continue;
    const point = pointSummary(row);
    if (point && !points.some((known) => known.syncId === point.syncId)) points.push(point);
  }
  return points;
}

const publishedSince = (events: readonly LedgerRow[], since: LedgerRow): boolean =>
  events.some((row) => row.event === 'published' && row.direction !== since.direction && row.epoch >= since.epoch);

const lastOf = (events: readonly LedgerRow[], names: readonly LedgerRow['event'][]): LedgerRow | undefined =>
  events.findLast((row) => names.includes(row.event));

function heldSince(row: LedgerRow | undefined): Hold | null {
  if (row?.event !== 'held' || row.errorCode === null || !isFailureCode(row.errorCode)) return null;
  return {
    code: row.errorCode,
    message: row.errorMessage ?? '',
    since: row.recordedAt,
    run: row.runId === null ? null : { runId: row.runId, repairId: row.repairId },
  };
}

function switchDetail(row: LedgerRow): SwitchDetail | null {
  if (row.detail === null) return null;
  return JSON.parse(row.detail) as SwitchDetail;
}

function distinct(rows: readonly LedgerRow[]): LedgerRow[] {
  const byId = new Map(rows.map((row) => [row.eventId, row]));
  return [...byId.values()];
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
