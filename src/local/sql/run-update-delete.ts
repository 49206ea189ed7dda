import { counts } from './affected-rows.js';
import type { Context } from './context.js';
import { quoted } from './errors.js';
import { FILE_COLUMN } from './relation.js';
import type { DmlWork } from './rewrite-files.js';
import { commitRewrite, keep, rewriteFiles, touchedFiles, withDmlTarget } from './rewrite-files.js';
import { castText, createRowsTable } from './rows-table.js';
import type { StatementResult } from './statement.js';
import { SqlError } from './statement.js';
import type { Assignment, Statement } from './statement-types.js';
import { totalBytes } from './write-files.js';

type Update = Extract<Statement, { kind: 'update' }>;
type Delete = Extract<Statement, { kind: 'delete' }>;

/** UPDATE: the files that hold a row to change are written anew. */
export async function runUpdate(context: Context, { table, alias, set, where }: Update): Promise<StatementResult> {
  return await withDmlTarget(context, table, alias, async (work) => {
    const { fields } = work.target.snapshot.schema;
    requireColumns(work, set);
    const touched = await filesWith(work, where ?? 'true');
    const columns = fields.map((field) => {
      const own = `${quoted([work.target.alias, field.name])}`;
      const assigned = set.find(({ column }) => column.toLowerCase() === field.name.toLowerCase());
      if (assigned === undefined) return own;
      return `CASE WHEN (${where ?? 'true'}) THEN ${castText(assigned.value, field.type)} ELSE ${own} END`;
    });
    const changed = await keep(work, select(work, [...columns, `(${where ?? 'true'})`], touched.list));
    const numUpdatedRows = await countLast(work, changed, fields.length);
    const rowsTable = await createRowsTable(work.session, fields, firstColumns(changed, fields.length));
    const rewrite = await rewriteFiles(work, touched.files, rowsTable);
    await commitRewrite(work, rewrite, {
      name: 'UPDATE',
      parameters: { predicate: [where ?? 'true'] },
      metrics: {
        ...rewriteMetrics(touched.files.length, totalBytes(touched.files), rewrite.written),
        numUpdatedRows,
        numCopiedRows: rewrite.written.rows - numUpdatedRows,
      },
    });
    return counts({ num_affected_rows: numUpdatedRows });
  });
}

/** DELETE: the files that hold a row to delete are written anew without it. */
export async function runDelete(context: Context, { table, alias, where }: Delete): Promise<StatementResult> {
  return await withDmlTarget(context, table, alias, async (work) => {
    const { fields } = work.target.snapshot.schema;
    const touched = await filesWith(work, where ?? 'true');
    const columns = fields.map((field) => quoted([work.target.alias, field.name]));
    const all = await keep(work, select(work, [...columns, `(${where ?? 'true'})`], touched.list));
    const numDeletedRows = await countLast(work, all, fields.length);
    const kept = `${firstColumns(all, fields.length)} WHERE c${fields.length} IS NOT TRUE`;
    const rewrite = await rewriteFiles(work, touched.files, await createRowsTable(work.session, fields, kept));
    await commitRewrite(work, rewrite, {
      name: 'DELETE',
      parameters: { predicate: [where ?? 'true'] },
      metrics: {
        ...rewriteMetrics(touched.files.length, totalBytes(touched.files), rewrite.written),
        numDeletedRows,
        numCopiedRows: rewrite.written.rows,
      },
    });
    return counts({ num_affected_rows: numDeletedRows });
  });
}

function requireColumns(work: DmlWork, set: readonly Assignment[]): void {
  const names = work.target.snapshot.schema.fields.map(({ name }) => name.toLowerCase());
  const unknown = set.find(({ column }) => !names.includes(column.toLowerCase()));
  if (unknown === undefined) return;
  throw new SqlError(
    'UNRESOLVED_COLUMN.WITH_SUGGESTION',
    '42703',
    `A column, variable, or function parameter with name \`${unknown.column}\` cannot be resolved.`,
  );
}

/** Files with a row that fulfils the condition, and the temporary table of their paths. */
async function filesWith(work: DmlWork, condition: string) {
  const list = await keep(work, `${select(work, [])} WHERE (${condition})`);
  return { list, files: await touchedFiles(work, list) };
}

/**
 * A query over the target in the Databricks dialect: the columns as c0, c1, … and the file of each row; only over the
 * files in the table `among` where given.
 */
function select(work: DmlWork, columns: readonly string[], among?: string): string {
  const { view, alias } = work.target;
  const filter = among === undefined ? '' : ` WHERE ${FILE_COLUMN} IN (SELECT ${FILE_COLUMN} FROM ${among})`;
  const named = [...columns.map((column, index) => `${column} AS c${index}`), FILE_COLUMN];
  return `SELECT ${named.join(', ')} FROM ${view} AS ${quoted([alias])}${filter}`;
}

async function countLast(work: DmlWork, table: string, index: number): Promise<number> {
  return await work.session.number(`SELECT count(*) FROM ${table} WHERE c${index}`);
}

function firstColumns(table: string, count: number): string {
  return `SELECT ${Array.from({ length: count }, (_, index) => `c${index}`).join(', ')} FROM ${table}`;
}

function rewriteMetrics(
  numRemovedFiles: number,
  numRemovedBytes: number,
  written: { readonly files: readonly unknown[]; readonly bytes: number },
): Readonly<Record<string, number>> {
  return {
    numRemovedFiles,
    numRemovedBytes,
    numAddedFiles: written.files.length,
    numAddedBytes: written.bytes,
    numDeletionVectorsAdded: 0,
    numDeletionVectorsRemoved: 0,
    numDeletionVectorsUpdated: 0,
    numAddedChangeFiles: 0,
  };
}
