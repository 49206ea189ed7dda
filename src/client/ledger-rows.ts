import type { Ledger } from '../databricks/api.js';
import type { LedgerEventName, LedgerRow } from '../domain/ledger.js';
import type { GroupRef } from '../domain/spec.js';

/**
 * A group's newest rows, those of its tables among them. Group rows are read apart: one sync of a large group writes as many
 * rows of tables as one answer holds.
 */
export async function readWithTables(
  ledger: Ledger,
  { workspace, group }: GroupRef,
  events?: readonly LedgerEventName[],
): Promise<LedgerRow[]> {
  const wanted = { workspace, group, ...(events && { events }) };
  const parts = await Promise.all([ledger.read({ ...wanted, groupRowsOnly: true }), ledger.read(wanted)]);
  return newestFirst(parts.flat());
}

/** Each event once: most are copied to the ledger of the other region, too. */
export const newestFirst = (rows: readonly LedgerRow[]): LedgerRow[] =>
  [...new Map(rows.map((row) => [row.eventId, row])).values()].sort((a, b) => b.recordedAt - a.recordedAt);
