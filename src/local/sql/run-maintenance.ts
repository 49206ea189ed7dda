import type { AddFile, OptimizeGroup, OptimizeMetrics, Snapshot } from '../delta/index.js';
import {
  addColumns,
  assertRowsWritable,
  commitOptimize,
  planOptimize,
  restoreTable,
  setTableProperties,
  truncateTable,
  unsetTableProperties,
  vacuum,
} from '../delta/index.js';
import { counts, noRows } from './affected-rows.js';
import type { Context } from './context.js';
import type { DuckSession } from './duck.js';
import { duckName } from './duck.js';
import { createRelation } from './relation.js';
import { openTable, parseTimestamp, resolveTable } from './resolve.js';
import { createRowsTable } from './rows-table.js';
import type { StatementResult } from './statement.js';
import type { Statement, TableRef } from './statement-types.js';
import { writeFiles } from './write-files.js';

type Of<K extends Statement['kind']> = Extract<Statement, { kind: K }>;

const HOUR_MS = 3_600_000;

/** Session setting that lets VACUUM go below the table's own retention. */
const RETENTION_CHECK = 'spark.databricks.delta.retentiondurationcheck.enabled';

/** RESTORE TABLE … TO VERSION | TIMESTAMP AS OF. */
export async function runRestore(context: Context, { table, to }: Of<'restore'>): Promise<StatementResult> {
  const { folder } = await resolveTable(context, table, 'write');
  const { metrics } = await restoreTable(context.delta, {
    folder,
    to: 'version' in to ? to : { timestampMs: parseTimestamp(to.timestamp) },
    author: context.author,
    signal: context.request.signal,
  });
  return counts({
    table_size_after_restore: metrics.tableSizeAfterRestore,
    num_of_files_after_restore: metrics.numOfFilesAfterRestore,
    num_removed_files: metrics.numRemovedFiles,
    num_restored_files: metrics.numRestoredFiles,
    removed_files_size: metrics.removedFilesSize,
    restored_files_size: metrics.restoredFilesSize,
  });
}

/** VACUUM [RETAIN n HOURS] [DRY RUN]: a dry run lists files, a real one answers with the table's path. */
export async function runVacuum(context: Context, statement: Of<'vacuum'>): Promise<StatementResult> {
  const table = await resolveTable(context, statement.table, 'write');
  const settings = Object.entries(context.request.configuration ?? {});
  const unchecked = settings.some(([key, value]) => key.toLowerCase() === RETENTION_CHECK && value === 'false');
  const { files } = await vacuum(context.delta, {
    folder: table.folder,
    ...(statement.retainHours === undefined ? {} : { retainMs: statement.retainHours * HOUR_MS }),
    dryRun: statement.dryRun,
    checkRetention: !unchecked,
    author: context.author,
    signal: context.request.signal,
  });
  const paths = statement.dryRun ? files.map((file) => `${table.uri}/${file}`) : [table.uri];
  return { columns: [{ name: 'path', type: 'string' }], rows: paths.map((path) => [path]) };
}

/** OPTIMIZE [ZORDER BY]: small files of a partition become one; the rows stay the same. */
export async function runOptimize(context: Context, statement: Of<'optimize'>): Promise<StatementResult> {
  const table = await resolveTable(context, statement.table, 'write');
  const snapshot = await openTable(context, table);
  assertRowsWritable(snapshot);
  const zOrder = statement.zOrderBy.length === 0 ? {} : { zOrderBy: statement.zOrderBy };
  const startTimeMs = context.now;
  const { metrics } = await context.compute(async (session) => {
    const rewritten: { group: OptimizeGroup; added: readonly AddFile[] }[] = [];
    for (const group of planOptimize(snapshot, zOrder)) {
      rewritten.push({ group, added: await compact(context, session, snapshot, group, statement.zOrderBy) });
    }
    const request = { snapshot, rewritten, ...zOrder, author: context.author, signal: context.request.signal };
    return await commitOptimize(context.delta, request);
  });
  return optimizeResult(table.uri, metrics, snapshot.schema.fields.length, startTimeMs);
}

async function compact(
  context: Context,
  session: DuckSession,
  snapshot: Snapshot,
  group: OptimizeGroup,
  zOrderBy: readonly string[],
): Promise<readonly AddFile[]> {
  const { schema, folder, metadata } = snapshot;
  const view = await createRelation(session, context.delta, snapshot, { files: group.files });
  const columns = schema.fields.map((field) => duckName(field.name)).join(', ');
  const rows = await createRowsTable(session, schema.fields, `SELECT ${columns} FROM ${view}`);
  const target = { folder, schema, partitionColumns: metadata.partitionColumns };
  const order = zOrderBy.length === 0 ? {} : { orderBy: zOrderBy };
  return (await writeFiles(context, session, target, rows, { dataChange: false, ...order })).files;
}

const SIZES = 'struct<min:bigint,max:bigint,avg:double,totalFiles:bigint,totalSize:bigint>';
const OPTIMIZE_METRICS = [
  'numFilesAdded:bigint',
  'numFilesRemoved:bigint',
  `filesAdded:${SIZES}`,
  `filesRemoved:${SIZES}`,
  'partitionsOptimized:bigint',
  'totalConsideredFiles:bigint',
  'totalFilesSkipped:bigint',
  'startTimeMs:bigint',
  'numTableColumns:bigint',
].join(',');

function optimizeResult(uri: string, metrics: OptimizeMetrics, columns: number, startTimeMs: number): StatementResult {
  const sizes = ({ min, max, avg, totalFiles, totalSize }: OptimizeMetrics['filesAdded']) => ({
    min: min === null ? null : BigInt(min),
    max: max === null ? null : BigInt(max),
    avg,
    totalFiles: BigInt(totalFiles),
    totalSize: BigInt(totalSize),
  });
  const value = {
    numFilesAdded: BigInt(metrics.numFilesAdded),
    numFilesRemoved: BigInt(metrics.numFilesRemoved),
    filesAdded: sizes(metrics.filesAdded),
    filesRemoved: sizes(metrics.filesRemoved),
    partitionsOptimized: BigInt(metrics.partitionsOptimized),
    totalConsideredFiles: BigInt(metrics.totalConsideredFiles),
    totalFilesSkipped: BigInt(metrics.totalFilesSkipped),
    startTimeMs: BigInt(startTimeMs),
    numTableColumns: BigInt(columns),
  };
  const types = [
    { name: 'path', type: 'string' },
    { name: 'metrics', type: `struct<${OPTIMIZE_METRICS}>` },
  ];
  return { columns: types, rows: [[uri, value]] };
}

/** ALTER TABLE and TRUNCATE TABLE: one commit, no rows. */
export async function runAlter(
  context: Context,
  statement: Of<'setProperties'> | Of<'unsetProperties'> | Of<'addColumns'> | Of<'truncate'>,
): Promise<StatementResult> {
  const request = await alterRequest(context, statement.table);
  switch (statement.kind) {
    case 'setProperties':
      await setTableProperties(context.delta, { ...request, properties: statement.properties });
      return noRows;
    case 'unsetProperties':
      await unsetTableProperties(context.delta, { ...request, keys: statement.keys, ifExists: statement.ifExists });
      return noRows;
    case 'addColumns':
      await addColumns(context.delta, { ...request, columns: statement.columns });
      return noRows;
    case 'truncate':
      await truncateTable(context.delta, request);
      return noRows;
  }
}

async function alterRequest(context: Context, ref: TableRef) {
  const { folder } = await resolveTable(context, ref, 'write');
  return { folder, author: context.author, signal: context.request.signal };
}
