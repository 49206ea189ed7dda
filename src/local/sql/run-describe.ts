import type { HistoryEntry } from '../delta/index.js';
import { detail, history, typeText } from '../delta/index.js';
import { noRows } from './affected-rows.js';
import type { Context } from './context.js';
import { schemaNotFound } from './errors.js';
import { openTable, resolveTable } from './resolve.js';
import type { ResultColumn, StatementResult } from './statement.js';
import type { Statement, TableRef } from './statement-types.js';

type Of<K extends Statement['kind']> = Extract<Statement, { kind: K }>;

const column = (name: string, type: string): ResultColumn => ({ name, type });
const micros = (ms: number): bigint => BigInt(ms) * 1000n;
const bigOrNull = (value: number | null): bigint | null => (value === null ? null : BigInt(value));

/** The last one is what SQL warehouses add to Delta's own columns. */
const HISTORY: readonly (readonly [ResultColumn, (entry: HistoryEntry) => unknown])[] = [
  [column('version', 'bigint'), (entry) => BigInt(entry.version)],
  [column('timestamp', 'timestamp'), (entry) => micros(entry.timestamp)],
  [column('userId', 'string'), (entry) => entry.userId],
  [column('userName', 'string'), (entry) => entry.userName],
  [column('operation', 'string'), (entry) => entry.operation],
  [column('operationParameters', 'map<string,string>'), (entry) => entry.operationParameters],
  [
    column(
      'job',
      'struct<jobId:string,jobName:string,jobRunId:string,runId:string,jobOwnerId:string,triggerType:string>',
    ),
    (entry) => entry.job,
  ],
  [column('notebook', 'struct<notebookId:string>'), (entry) => entry.notebook],
  [column('clusterId', 'string'), (entry) => entry.clusterId],
  [column('readVersion', 'bigint'), (entry) => bigOrNull(entry.readVersion)],
  [column('isolationLevel', 'string'), (entry) => entry.isolationLevel],
  [column('isBlindAppend', 'boolean'), (entry) => entry.isBlindAppend],
  [column('operationMetrics', 'map<string,string>'), (entry) => entry.operationMetrics],
  [column('userMetadata', 'string'), (entry) => entry.userMetadata],
  [column('engineInfo', 'string'), (entry) => entry.engineInfo],
  [column('queryHistoryStatementId', 'string'), (entry) => entry.queryHistoryStatementId],
];

/** DESCRIBE HISTORY: newest first. */
export async function describeHistory(
  context: Context,
  { table, limit }: Of<'describeHistory'>,
): Promise<StatementResult> {
  const { folder } = await resolveTable(context, table, 'read');
  const entries = await history(context.delta, folder, limit === undefined ? {} : { limit });
  return {
    columns: HISTORY.map(([described]) => described),
    rows: entries.map((entry) => HISTORY.map(([, valueIn]) => valueIn(entry))),
  };
}

/** DESCRIBE DETAIL. */
export async function describeDetail(context: Context, ref: TableRef): Promise<StatementResult> {
  const table = await resolveTable(context, ref, 'read');
  const row = await detail(context.delta, table.folder, table.uri);
  const cells: readonly (readonly [ResultColumn, unknown])[] = [
    [column('format', 'string'), row.format],
    [column('id', 'string'), row.id],
    [column('name', 'string'), table.registered?.fullName ?? null],
    [column('description', 'string'), row.description],
    [column('location', 'string'), row.location],
    [column('createdAt', 'timestamp'), row.createdAt === null ? null : micros(row.createdAt)],
    [column('lastModified', 'timestamp'), micros(row.lastModified)],
    [column('partitionColumns', 'array<string>'), row.partitionColumns],
    [column('clusteringColumns', 'array<string>'), row.clusteringColumns],
    [column('numFiles', 'bigint'), BigInt(row.numFiles)],
    [column('sizeInBytes', 'bigint'), BigInt(row.sizeInBytes)],
    [column('properties', 'map<string,string>'), row.properties],
    [column('minReaderVersion', 'int'), row.minReaderVersion],
    [column('minWriterVersion', 'int'), row.minWriterVersion],
    [column('tableFeatures', 'array<string>'), row.tableFeatures],
  ];
  return { columns: cells.map(([described]) => described), rows: [cells.map(([, value]) => value)] };
}

/** DESCRIBE TABLE: columns, then partitioning. */
export async function describeTable(context: Context, ref: TableRef): Promise<StatementResult> {
  const { schema, metadata } = await openTable(context, await resolveTable(context, ref, 'read'));
  const rows = schema.fields.map(({ name, type, metadata: about }) => [name, typeText(type), about.comment ?? null]);
  const partitions = rows.filter(([name]) => metadata.partitionColumns.includes(String(name)));
  const partitioning = [['# Partition Information', '', ''], ['# col_name', 'data_type', 'comment'], ...partitions];
  return {
    columns: [column('col_name', 'string'), column('data_type', 'string'), column('comment', 'string')],
    rows: partitions.length === 0 ? rows : [...rows, ...partitioning],
  };
}

/** SHOW TBLPROPERTIES, in order of their keys. */
export async function showTblProperties(context: Context, ref: TableRef): Promise<StatementResult> {
  const table = await resolveTable(context, ref, 'read');
  const { properties } = await detail(context.delta, table.folder, table.uri);
  return {
    columns: [column('key', 'string'), column('value', 'string')],
    rows: Object.entries(properties).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  };
}

/** SHOW TABLES: what the principal may see in a schema. */
export function showTables(context: Context, { parts }: Of<'showTables'>): StatementResult {
  const { catalog: inCatalog = 'hive_metastore', schema: inSchema = 'default', principal } = context.request;
  const [catalog, schema] = parts === undefined ? [inCatalog, inSchema] : [inCatalog, ...parts].slice(-2);
  if (catalog === undefined || schema === undefined || !context.catalog.hasSchema(catalog, schema)) {
    throw schemaNotFound([catalog ?? '', schema ?? '']);
  }
  const visible = context.catalog
    .tables(catalog, schema)
    .filter((table) => context.catalog.may(principal, 'SELECT', { type: 'table', name: table.fullName }));
  return {
    columns: [column('database', 'string'), column('tableName', 'string'), column('isTemporary', 'boolean')],
    rows: visible.map((table) => [schema.toLowerCase(), table.fullName.split('.').at(-1), false]),
  };
}

/** SET answers with the pair; this engine has no settings of its own that a statement could change. */
export function showSetting({ key, value }: Of<'set'>): StatementResult {
  if (value === undefined) return noRows;
  return { columns: [column('key', 'string'), column('value', 'string')], rows: [[key, value]] };
}
