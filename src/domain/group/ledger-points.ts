import type { TableBase } from '../cut/index.js';
import type { LedgerRow } from '../ledger.js';
import type { PointDetail } from '../ledger-events.js';
import type { RecoveryPoint } from '../point.js';

export const hasManifest = ({ event }: LedgerRow): boolean =>
  event === 'sent' || event === 'published' || event === 'rolled_back';

/** Points of the given group rows, newest first, each once. */
export function pointsOf(rows: readonly LedgerRow[]): RecoveryPoint[] {
  const points = new Map<string, RecoveryPoint>();
  for (const row of rows.toSorted((a, b) => b.epoch - a.epoch || b.recordedAt - a.recordedAt)) {
    const point = pointOf(row);
    if (point && !points.has(point.syncId)) points.set(point.syncId, point);
  }
  return [...points.values()];
}

/** The recovery point that a group row carries; null for other rows. */
export function pointOf(row: LedgerRow): RecoveryPoint | null {
  if (!hasManifest(row) || row.tableName !== null) return null;
  if (row.syncId === null || row.runEndTime === null || row.detail === null) return null;
  const { manifest } = JSON.parse(row.detail) as PointDetail;
  return {
    syncId: row.syncId,
    source: row.runId === null ? { kind: 'snapshot' } : { kind: 'run', runId: row.runId, repairId: row.repairId },
    runEndTime: row.runEndTime,
    epoch: row.epoch,
    controller: row.controller,
    specHash: row.specHash ?? '',
    manifest,
  };
}

/**
 * What a published point settles per source table: only newer history has to be read for the next cut.
 *
 * @param unstaged source tables that can't be carried, for their copy in staging is lost
 */
export const settledBy = (
  point: RecoveryPoint | null,
  unstaged: readonly string[] = [],
): Readonly<Record<string, TableBase>> =>
  Object.fromEntries(
    (point?.manifest ?? []).map((entry) => [
      entry.sourceTable,
      {
        tableId: entry.sourceTableId,
        version: entry.sourceVersion,
        asOf: point?.runEndTime ?? 0,
        staged: !unstaged.includes(entry.sourceTable),
      },
    ]),
  );
