import { z } from 'zod';
import type { LedgerRow } from '../domain/ledger.js';
import type { RecoveryPointStatus, TableVersions } from '../domain/status.js';

/** The part of a group row's `detail` that versions are read from. */
const detailSchema = z.object({
  manifest: z.array(z.object({ targetTable: z.string(), sourceVersion: z.number(), stagingVersion: z.number() })),
});

/**
 * Versions per target table of a recovery point, from the rows of one ledger; null when that ledger does not tell.
 *
 * @param rows newest first
 */
export function pointTables(
  point: Pick<RecoveryPointStatus, 'syncId'>,
  rows: readonly LedgerRow[],
): Readonly<Record<string, TableVersions>> | null {
  const index = rows.findIndex(
    ({ event, syncId, tableName }) => event === 'published' && syncId === point.syncId && tableName === null,
  );
  const group = rows[index];
  if (group?.detail === undefined || group.detail === null) return null;
  const { manifest } = detailSchema.parse(JSON.parse(group.detail));
  // A table that this point carries over was put in place by an earlier one: its row stands further down.
  const upToPoint = rows.filter(
    ({ recordedAt, syncId, direction }) =>
      // Copied the other way, the tables of the other region may have the same names.
      direction === group.direction && (recordedAt <= group.recordedAt || syncId === point.syncId),
  );
  return Object.fromEntries(
    manifest.map(({ targetTable, sourceVersion, stagingVersion }) => {
      const clone = upToPoint.find(
        ({ tableName, hop, targetVersion }) => tableName === targetTable && hop === 'receive' && targetVersion !== null,
      );
      return [targetTable, { sourceVersion, stagingVersion, targetVersion: clone?.targetVersion ?? null }];
    }),
  );
}
