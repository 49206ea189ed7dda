import type { TableCommit, TableDetail } from '../commits.js';
import type { Failure } from '../failure.js';
import { replacesTable } from './operations.js';
import type { CatalogTable } from './supported-table.js';

/** A table of the group as the cut sees it. */
export interface SourceTable {
  /** Full name in the source region. */
  readonly name: string;
  readonly detail: Pick<TableDetail, 'id' | 'format' | 'properties'>;
  /** Unity Catalog's entry; null where it was not asked. */
  readonly catalog: CatalogTable | null;
  /**
   * The commits above `base.version`, in any order; the whole known history where `base` is null or `detail.id` is not
   * `base.tableId`.
   * Read after the run that makes the cut was seen to have ended. Commits at and below `base.version` do no harm.
   */
  readonly history: readonly TableCommit[];
  /** The version up to which the content is settled: the last published one, or a baseline. null: none. */
  readonly base: TableBase | null;
}

/** A table of the group that does not exist (now). */
export interface MissingTable {
  readonly name: string;
  /** As the region put it. */
  readonly failure: Failure;
}

export interface TableBase {
  readonly tableId: string;
  readonly version: number;
  /** End of the cut (or instant of the baseline) that `version` belongs to, epoch ms. */
  readonly asOf: number;
  /** A kept recovery point of this direction holds this version, so that an unchanged table can be carried. */
  readonly staged: boolean;
}

/** A history in order, from `base` on. */
export interface OrderedHistory {
  /** Ascending by version, all above `base`. */
  readonly commits: readonly TableCommit[];
  /** null also where the table was dropped and re-created: the old versions say nothing of the new table. */
  readonly base: TableBase | null;
  readonly recreated: boolean;
  /** No commit is missing between `base` (or the creation of the table) and the oldest known one. */
  readonly complete: boolean;
  /** Newest known version; null where nothing is known. */
  readonly newestVersion: number | null;
  /** Commit time of the base version where the history still shows it, epoch ms. */
  readonly baseCommittedAt: number | null;
}

/** Order is by version, never by timestamp: equal and skewed timestamps are common. */
export function orderHistory(table: SourceTable, marginMs: number): OrderedHistory {
  const byVersion = new Map(table.history.map((commit) => [commit.version, commit]));
  const all = [...byVersion.values()].sort((a, b) => a.version - b.version);
  const recreated = table.base !== null && isRecreated(table.detail.id, table.base, all, marginMs);
  const base = recreated ? null : table.base;
  const commits = base === null ? all : all.filter(({ version }) => version > base.version);
  const oldest = commits[0]?.version ?? null;
  return {
    commits,
    base,
    recreated,
    complete: oldest === null ? base !== null : oldest === (base === null ? 0 : base.version + 1),
    newestVersion: all.at(-1)?.version ?? base?.version ?? null,
    baseCommittedAt: base === null ? null : (byVersion.get(base.version)?.timestamp ?? null),
  };
}

/**
 * CREATE OR REPLACE TABLE gives a new metadata id too, but goes on with the history; only a history that started anew
 * means that the table was dropped. Where the old part of the history is gone, a drop is assumed: the table is then sent
 * in full, which is never wrong.
 */
function isRecreated(tableId: string, base: TableBase, all: readonly TableCommit[], marginMs: number): boolean {
  if (tableId === base.tableId) return false;
  // Replaced in place, it was replaced after the base. Clocks alone do not tell: a table may be re-created within the margin.
  const isReplaced = all.some((commit) => commit.version > base.version && replacesTable(commit));
  const settled = all.filter(({ version }) => version <= base.version);
  // A table that was re-created has no commit of before the base; one that was not may have a late one in it.
  const isYoung = settled.length > 0 && settled.every(({ timestamp }) => timestamp > base.asOf - marginMs);
  return !isReplaced || isYoung;
}
