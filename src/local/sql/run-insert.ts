import type { Snapshot } from '../delta/index.js';
import { assertRowsWritable, commit, removeOf } from '../delta/index.js';
import { counts } from './affected-rows.js';
import type { Context } from './context.js';
import type { DuckSession } from './duck.js';
import { duckName } from './duck.js';
import { literalValues } from './literal-values.js';
import { QuerySources } from './query-sources.js';
import type { ResolvedTable } from './resolve.js';
import { openTable, resolveTable } from './resolve.js';
import { createRowsTable } from './rows-table.js';
import type { StatementResult } from './statement.js';
import { SqlError } from './statement.js';
import type { Statement } from './statement-types.js';
import { translateQuery } from './translate.js';
import { totalBytes, writeFiles } from './write-files.js';

type Insert = Extract<Statement, { kind: 'insert' }>;

/** INSERT INTO and INSERT OVERWRITE. */
export async function runInsert(context: Context, statement: Insert): Promise<StatementResult> {
  const table = await resolveTable(context, statement.table, 'write');
  const snapshot = await openTable(context, table);
  assertRowsWritable(snapshot);
  return await context.compute(async (session) => {
    const sources = new QuerySources(context, session);
    sources.pin(snapshot);
    const rowsTable = await incomingRows(session, snapshot, table, statement, sources);
    const { partitionColumns } = snapshot.metadata;
    const target = { folder: table.folder, schema: snapshot.schema, partitionColumns };
    const written = await writeFiles(context, session, target, rowsTable);
    const removed = statement.overwrite ? snapshot.files : [];
    const answer = counts({ num_affected_rows: written.rows, num_inserted_rows: written.rows });
    // Nothing written and nothing taken out: Delta records no empty commit.
    if (written.files.length === 0 && removed.length === 0) return answer;
    await commit(context.delta, {
      folder: table.folder,
      base: snapshot,
      actions: [
        ...removed.map((file) => ({ kind: 'remove' as const, remove: removeOf(file, context.now) })),
        ...written.files.map((add) => ({ kind: 'add' as const, add })),
      ],
      operation: 'WRITE',
      operationParameters: { mode: statement.overwrite ? 'Overwrite' : 'Append', partitionBy: partitionColumns },
      operationMetrics: {
        numFiles: written.files.length,
        numOutputRows: written.rows,
        numOutputBytes: written.bytes,
        ...(statement.overwrite ? { numRemovedFiles: removed.length, numRemovedBytes: totalBytes(removed) } : {}),
      },
      author: context.author,
      reads: statement.overwrite || sources.hasRead(table.folder) ? 'table' : 'nothing',
      signal: context.request.signal,
    });
    return answer;
  });
}

/** The query's rows, brought into the order of the table's columns. Columns that it does not give are NULL. */
async function incomingRows(
  session: DuckSession,
  snapshot: Snapshot,
  table: ResolvedTable,
  { columns, query }: Insert,
  sources: QuerySources,
): Promise<string> {
  const duckSql = literalValues(query) ?? (await translateQuery(query, sources));
  const { rows } = await session.query(`DESCRIBE ${duckSql}`);
  const given = rows.map(([name]) => String(name));
  const { fields } = snapshot.schema;
  const names = columns === 'byName' ? given : (columns ?? fields.map((field) => field.name));
  const unknown = names.find((name) => !fields.some((field) => same(field.name, name)));
  if (unknown !== undefined) {
    throw new SqlError(
      'UNRESOLVED_COLUMN.WITH_SUGGESTION',
      '42703',
      `A column, variable, or function parameter with name \`${unknown}\` cannot be resolved. Did you mean one of the following? [${fields.map(({ name }) => `\`${name}\``).join(', ')}].`,
    );
  }
  if (names.length !== given.length) throw arityMismatch(table, names.length, given.length);
  const inputs = given.map((_, index) => `i${index}`);
  const ordered = fields.map((field) => {
    const index = names.findIndex((name) => same(name, field.name));
    return `${index < 0 ? 'NULL' : `i${index}`} AS ${duckName(field.name)}`;
  });
  const incoming = `SELECT ${ordered.join(', ')} FROM (${duckSql}) AS i(${inputs.join(', ')})`;
  return await createRowsTable(session, fields, incoming);
}

function arityMismatch(table: ResolvedTable, expected: number, found: number): SqlError {
  const problem = found < expected ? 'not enough data columns' : 'too many data columns';
  return new SqlError(
    'DELTA_INSERT_COLUMN_ARITY_MISMATCH',
    '42802',
    `Cannot write to '${table.displayName}', ${problem}; target table has ${expected} column(s) but the inserted data has ${found} column(s).`,
  );
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
