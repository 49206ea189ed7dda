import type { AddFile, Snapshot } from '../delta/index.js';
import { assertRowsWritable, commit, removeOf } from '../delta/index.js';
import type { Context } from './context.js';
import type { DuckSession } from './duck.js';
import { QuerySources } from './query-sources.js';
import { createRelation, FILE_COLUMN } from './relation.js';
import type { ResolvedTable } from './resolve.js';
import { openTable, resolveTable } from './resolve.js';
import type { TableRef } from './statement-types.js';
import { translateQuery } from './translate.js';
import type { WrittenFiles } from './write-files.js';
import { writeFiles } from './write-files.js';

/** The target of UPDATE, DELETE or MERGE while the statement works on it. */
interface DmlTarget {
  readonly table: ResolvedTable;
  readonly snapshot: Snapshot;
  /** View of all rows with their position ({@link FILE_COLUMN}, ROW_COLUMN). */
  readonly view: string;
  /** Name by which expressions of the statement call the target. */
  readonly alias: string;
}

/** What a DML step works with. */
export interface DmlWork {
  readonly context: Context;
  readonly session: DuckSession;
  readonly sources: QuerySources;
  readonly target: DmlTarget;
}

/** Opens the target for changes and lends the work a DuckDB session. */
export async function withDmlTarget<T>(
  context: Context,
  ref: TableRef,
  alias: string | undefined,
  use: (work: DmlWork) => Promise<T>,
): Promise<T> {
  const table = await resolveTable(context, ref, 'write');
  // What a rewrite keeps and changes depends on the rows, so it needs the right to read them as well.
  await resolveTable(context, ref, 'read');
  const snapshot = await openTable(context, table);
  assertRowsWritable(snapshot);
  return await context.compute(async (session) => {
    const sources = new QuerySources(context, session);
    sources.pin(snapshot);
    const view = await createRelation(session, context.delta, snapshot, { withPosition: true });
    const name = alias ?? (ref.kind === 'name' ? ref.parts.at(-1) : undefined) ?? 'target';
    return await use({ context, session, sources, target: { table, snapshot, view, alias: name } });
  });
}

/** Runs a query of the Databricks dialect over the target and keeps its rows. @returns the temporary table */
export async function keep(work: DmlWork, text: string): Promise<string> {
  const table = work.session.newName();
  await work.session.run(`CREATE TEMP TABLE ${table} AS ${await translateQuery(text, work.sources)}`);
  return table;
}

/** The data files that rows of a temporary table with {@link FILE_COLUMN} come from. */
export async function touchedFiles(work: DmlWork, table: string, condition = 'true'): Promise<readonly AddFile[]> {
  const { rows } = await work.session.query(`SELECT DISTINCT ${FILE_COLUMN} FROM ${table} WHERE ${condition}`);
  const touched = new Set(rows.map(([file]) => file));
  return work.target.snapshot.files.filter((file) => touched.has(file.path));
}

export interface Rewrite {
  /** Files that the new ones stand for. */
  readonly removed: readonly AddFile[];
  readonly written: WrittenFiles;
}

/** Writes the rows that take the place of `removed`. */
export async function rewriteFiles(work: DmlWork, removed: readonly AddFile[], rowsTable: string): Promise<Rewrite> {
  const { folder, schema, metadata } = work.target.snapshot;
  const target = { folder, schema, partitionColumns: metadata.partitionColumns };
  return { removed, written: await writeFiles(work.context, work.session, target, rowsTable) };
}

/** Commits a rewrite; a statement that changed nothing leaves no commit, as in Spark. */
export async function commitRewrite(
  work: DmlWork,
  { removed, written }: Rewrite,
  operation: { readonly name: string; readonly parameters: object; readonly metrics: Readonly<Record<string, number>> },
): Promise<void> {
  if (removed.length === 0 && written.files.length === 0) return;
  const { context, target } = work;
  await commit(context.delta, {
    folder: target.table.folder,
    base: target.snapshot,
    actions: [
      ...removed.map((file) => ({ kind: 'remove' as const, remove: removeOf(file, context.now) })),
      ...written.files.map((add) => ({ kind: 'add' as const, add })),
    ],
    operation: operation.name,
    operationParameters: { ...operation.parameters },
    operationMetrics: operation.metrics,
    author: context.author,
    reads: 'table',
    signal: context.request.signal,
  });
}
