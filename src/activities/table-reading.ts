import type { Tables } from '../databricks/api.js';
import type { TableRef } from '../databricks/identifiers.js';
import type { TableCommit, TableDetail } from '../domain/commits.js';
import { newestClone } from '../domain/cut/index.js';
import { DrError } from '../domain/failure.js';
import type { CloneFacts } from '../domain/ledger-events.js';
import type { Stamp } from '../domain/point.js';
import type { FoundClone } from './contract.js';

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

export const newestCloneCommit = (history: readonly TableCommit[]): TableCommit | null =>
  history.find(({ version }) => version === newestClone(history)) ?? null;

/** The clone that left a table with this stamp. */
export function foundClone(
  hop: CloneFacts['hop'],
  history: readonly TableCommit[],
  { syncId }: Pick<Stamp, 'syncId'>,
): FoundClone | null {
  const commit = newestCloneCommit(history);
  return commit && { syncId, version: commit.version, facts: cloneFacts(hop, commit, commit.timestamp) };
}

/** From the CLONE commit's own metrics. Source: `operationMetrics` of Delta's CloneTableCommand. */
export function cloneFacts(
  hop: CloneFacts['hop'],
  { operationMetrics, timestamp }: TableCommit,
  submittedAt: number,
): CloneFacts {
  const metric = (name: string): number => Number(operationMetrics[name] ?? 0);
  return {
    hop,
    sourceFiles: metric('sourceNumOfFiles'),
    sourceBytes: metric('sourceTableSize'),
    copiedBytes: metric('copiedFilesSize'),
    copiedFiles: metric('numCopiedFiles'),
    removedFiles: metric('numRemovedFiles'),
    durationMs: Math.max(0, timestamp - submittedAt),
  };
}

/** null: nothing was ever written there. */
export const newestVersion = (history: readonly TableCommit[]): number | null =>
  history.length === 0 ? null : Math.max(...history.map(({ version }) => version));

/** null where there is no such table. */
export async function unlessMissing<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (thrown) {
    if (thrown instanceof DrError && thrown.code === 'TABLE_NOT_FOUND') return null;
    throw thrown;
  }
}
