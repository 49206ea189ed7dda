import type { CreateTableRequest, StructField } from '../delta/index.js';
import { createTable, findLatestVersion } from '../delta/index.js';
import { counts, noRows } from './affected-rows.js';
import type { Context } from './context.js';
import { duckName } from './duck.js';
import { deltaTypeOf } from './duck-types.js';
import { syntaxError, tableExists } from './errors.js';
import { QuerySources } from './query-sources.js';
import { createRowsTable } from './rows-table.js';
import type { StatementResult } from './statement.js';
import type { CreateTableStatement } from './statement-types.js';
import { findCreateTarget, registerTarget } from './targets.js';
import { translateQuery } from './translate.js';
import { writeFiles } from './write-files.js';

/** CREATE [OR REPLACE] TABLE, with columns or AS SELECT. */
export async function runCreateTable(context: Context, statement: CreateTableStatement): Promise<StatementResult> {
  const target = await findCreateTarget(context, statement.table, statement.mode, statement.location);
  if (target.exists && statement.mode === 'createIfNotExists') return noRows;
  if (target.exists && statement.mode === 'create' && target.name !== null)
    throw tableExists(target.name.text.split('.'));
  const base = {
    folder: target.table.folder,
    mode: target.reuse ? 'createIfNotExists' : statement.mode,
    description: statement.comment ?? null,
    partitionColumns: statement.partitionedBy,
    properties: statement.properties,
    isManaged: target.tableType === 'MANAGED',
    author: context.author,
    signal: context.request.signal,
  } as const;
  if (statement.query === undefined) {
    // CREATE TABLE … LOCATION over an existing Delta table registers what is there.
    const isThere = (await findLatestVersion(context.delta, target.table.folder)) !== null;
    if (statement.columns.length === 0 && !isThere) throw syntaxError('end of input', 'expected columns or a query');
    if (!(isThere && target.reuse))
      await createTable(context.delta, { ...base, schema: struct(statement.columns), asSelect: null });
    await registerTarget(context, target);
    return noRows;
  }
  const rows = await createAsSelect(context, base, statement.query);
  await registerTarget(context, target);
  return counts({ num_affected_rows: rows, num_inserted_rows: rows });
}

async function createAsSelect(
  context: Context,
  base: Omit<CreateTableRequest, 'schema' | 'asSelect'>,
  query: string,
): Promise<number> {
  return await context.compute(async (session) => {
    const duckSql = await translateQuery(query, new QuerySources(context, session));
    const { names, types } = await session.query(`SELECT * FROM (${duckSql}) LIMIT 0`);
    const fields = names.map((name, index): StructField => {
      const type = types[index];
      return { name, type: type === undefined ? 'string' : deltaTypeOf(type), nullable: true, metadata: {} };
    });
    const columns = names.map(duckName).join(', ');
    const rowsTable = await createRowsTable(session, fields, `SELECT ${columns} FROM (${duckSql})`);
    const schema = struct(fields);
    const target = { folder: base.folder, schema, partitionColumns: base.partitionColumns };
    const written = await writeFiles(context, session, target, rowsTable);
    const metrics = {
      numFiles: String(written.files.length),
      numOutputRows: String(written.rows),
      numOutputBytes: String(written.bytes),
    };
    await createTable(context.delta, { ...base, schema, asSelect: { files: written.files, metrics } });
    return written.rows;
  });
}

const struct = (fields: readonly StructField[]) => ({ type: 'struct', fields }) as const;
