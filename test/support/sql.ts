import type { Region } from '../../src/domain/region.js';
import type { Stack } from '../../src/local/stack/stack.js';

type Rows = readonly (readonly unknown[])[];

/** Has a region's own engine run a statement, as its admin: behind the product's back. */
export async function execute(stack: Stack, region: Region, sql: string): Promise<Rows> {
  const { rows } = await stack.regions[region].engine.execute({
    sql,
    principal: 'admin',
    attribution: null,
    statementId: null,
    signal: new AbortController().signal,
  });
  return rows;
}

export interface LedgerEvent {
  readonly eventId: string;
  readonly event: string;
  readonly group: string;
  readonly syncId: string | null;
  readonly runId: string | null;
  readonly detail: string | null;
}

/** Group rows of a region's ledger, of all groups, oldest first. */
export async function ledgerEvents(stack: Stack, region: Region): Promise<LedgerEvent[]> {
  const ledger = `abfss://dr-sync@${region}sync.dfs.core.windows.net/sync_ledger`;
  const rows = (await execute(
    stack,
    region,
    `SELECT event_id, event, group_name, sync_id, run_id, detail FROM delta.\`${ledger}\`
     WHERE table_name IS NULL ORDER BY recorded_at`,
  )) as readonly [string, string, string, string | null, string | null, string | null][];
  return rows.map(([eventId, event, name, syncId, runId, detail]) => ({
    eventId,
    event,
    group: name,
    syncId,
    runId,
    detail,
  }));
}
