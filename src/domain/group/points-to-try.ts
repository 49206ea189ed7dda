import { isTransient } from '../failure.js';
import type { LedgerRow } from '../ledger.js';
import type { RecoveryPoint } from '../point.js';
import type { Direction } from '../region.js';
import { pointsOf } from './ledger-points.js';

export interface PointsWanted {
  readonly direction: Direction;
  /** Run id that an operator named; null: any. */
  readonly runId: string | null;
  /** Points of runs that ended before this (epoch ms) are left out; null: all points count. */
  readonly endedSince: number | null;
}

/**
 * Complete points of one direction in the order in which a switch, or the completion of a publish, tries them: the newest
 * run first. Those that failed verification are left out: what lies in staging is wrong. Those that could not be published
 * for another reason come last, for whoever tries them now would meet the same reason; an outage is none.
 *
 * @param rows group rows of the target region's ledger
 */
export function pointsToTry(
  rows: readonly LedgerRow[],
  { direction, runId, endedSince }: PointsWanted,
): RecoveryPoint[] {
  // What was published in the end is right, however often it failed before.
  const failed = rows.filter((row) => row.event === 'failed' && row.syncId !== null && !wasPublishedAfter(row, rows));
  const bad = new Set(failed.filter(({ errorCode }) => errorCode === 'VERIFY_FAILED').map(({ syncId }) => syncId));
  const doubtful = new Set(failed.filter(({ errorCode }) => !isTransient(errorCode ?? '')).map(({ syncId }) => syncId));
  return pointsOf(rows.filter((row) => row.direction === direction))
    .filter((point) => !bad.has(point.syncId))
    .filter((point) => point.runEndTime >= (endedSince ?? 0))
    .filter((point) => runId === null || (point.source.kind === 'run' && point.source.runId === runId))
    .toSorted(
      (a, b) =>
        Number(doubtful.has(a.syncId)) - Number(doubtful.has(b.syncId)) ||
        b.epoch - a.epoch ||
        b.runEndTime - a.runEndTime,
    );
}

const wasPublishedAfter = (failed: LedgerRow, rows: readonly LedgerRow[]): boolean =>
  rows.some(
    ({ event, syncId, recordedAt }) =>
      (event === 'published' || event === 'rolled_back') && syncId === failed.syncId && recordedAt >= failed.recordedAt,
  );
