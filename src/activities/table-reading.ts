import type { Tables } from '../databricks/api.js';
import type { TableRef } from '../databricks/identifiers.js';
import type { TableCommit, TableDetail } from '../domain/commits.js';
import { newestClone } from '../domain/cut/index.js';

/** A table that clones are written to, as it is now: what guards and currency are decided by. */
export interface TableReading {
  readonly detail: TableDetail;
  /** Newest first, down to the newest CLONE or as far as one looks. */
  readonly history: readonly TableCommit[];
}

/** On a table that only syncs write to, the newest CLONE is the first row or the second. */
const fewRows = 8;

export async function readTable(tables: Tables, table: TableRef): Promise<TableReading> {
  const [detail, history] = await Promise.all([tables.detail(table), historySinceClone(tables, table)]);
  return { detail, history };
}

/** The whole history where it takes that: maintenance may have buried what somebody wrote after the clone. */
export async function historySinceClone(tables: Tables, table: TableRef): Promise<readonly TableCommit[]> {
  const newest = await tables.history(table, { limit: fewRows });
  const enough = newestClone(newest) !== null || newest.length < fewRows;
  return enough ? newest : tables.history(table);
}

/** null: nothing was ever written there. */
export const newestVersion = (history: readonly TableCommit[]): number | null =>
  history.length === 0 ? null : Math.max(...history.map(({ version }) => version));
