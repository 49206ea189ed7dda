import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddFile, PartitionValues, StructField, StructType } from '../delta/index.js';
import { newDataFilePath, newFile, physicalName } from '../delta/index.js';
import type { Context } from './context.js';
import type { DuckSession } from './duck.js';
import { duckName, duckString } from './duck.js';
import { duckTypeOf } from './duck-types.js';

/** The table that rows are written for. */
export interface WriteTarget {
  readonly folder: string;
  readonly schema: StructType;
  readonly partitionColumns: readonly string[];
}

export interface WriteOptions {
  /** False for a rewrite that changes no rows. Default true. */
  readonly dataChange?: boolean;
  /** Columns that order the rows within each file. */
  readonly orderBy?: readonly string[];
}

export interface WrittenFiles {
  readonly files: readonly AddFile[];
  readonly rows: number;
  readonly bytes: number;
}

/**
 * Writes the rows of a temporary table, whose columns are the target's, as parquet files: one per partition value, none
 * for no rows. The files do not belong to the table until they are committed.
 */
export async function writeFiles(
  context: Context,
  session: DuckSession,
  target: WriteTarget,
  rowsTable: string,
  options: WriteOptions = {},
): Promise<WrittenFiles> {
  const drafts = await mkdtemp(join(tmpdir(), 'lakehouse-dr-sql-'));
  try {
    const files: AddFile[] = [];
    let rows = 0;
    for (const partition of await partitionsOf(session, target, rowsTable)) {
      const draft = join(drafts, `${files.length}.parquet`);
      const source = `FROM ${rowsTable} WHERE ${partition.filter}`;
      const count = await session.number(`SELECT count(*) ${source}`);
      if (count === 0) continue;
      await session.run(copyStatement(target, source, draft, options));
      const path = newDataFilePath(physicalPartitionColumns(target), partition.values);
      const size = await context.delta.storage.copy(draft, join(target.folder, path));
      const stats = JSON.stringify({ numRecords: count });
      const file = { path, partitionValues: partition.values, size, modificationTime: context.now, stats };
      files.push(newFile({ ...file, dataChange: options.dataChange ?? true }));
      rows += count;
    }
    return { files, rows, bytes: totalBytes(files) };
  } finally {
    await rm(drafts, { recursive: true, force: true });
  }
}

export const totalBytes = (files: readonly AddFile[]): number => files.reduce((sum, { size }) => sum + size, 0);

interface Partition {
  readonly values: PartitionValues;
  /** Condition that selects its rows. */
  readonly filter: string;
}

async function partitionsOf(
  session: DuckSession,
  target: WriteTarget,
  rowsTable: string,
): Promise<readonly Partition[]> {
  const fields = partitionFields(target);
  if (fields.length === 0) return [{ values: {}, filter: 'true' }];
  const texts = fields.map((field) => partitionText(field));
  const { rows } = await session.query(`SELECT DISTINCT ${texts.join(', ')} FROM ${rowsTable} ORDER BY ALL`);
  return rows.map((row) => {
    const values = row.map((value) => (value === null || value === '' ? null : String(value)));
    const filters = values.map((value, index) =>
      value === null ? `coalesce(${texts[index]}, '') = ''` : `${texts[index]} = ${duckString(value)}`,
    );
    const entries = fields.map((field, index) => [physicalName(field), values[index] ?? null] as const);
    return { values: Object.fromEntries(entries), filter: filters.join(' AND ') };
  });
}

/** How the log writes a partition value. Source: PROTOCOL.md, "Partition Value Serialization". */
function partitionText(field: StructField): string {
  const column = duckName(field.name);
  if (field.type === 'timestamp') return `CAST(${column} AT TIME ZONE 'UTC' AS VARCHAR)`;
  return `CAST(${column} AS VARCHAR)`;
}

function copyStatement(target: WriteTarget, source: string, draft: string, options: WriteOptions): string {
  const fields = target.schema.fields.filter((field) => !target.partitionColumns.includes(field.name));
  const columns = fields.map(
    (field) =>
      `CAST(${duckName(field.name)} AS ${duckTypeOf(field.type, physicalName)}) AS ${duckName(physicalName(field))}`,
  );
  const order = options.orderBy === undefined ? '' : ` ORDER BY ${options.orderBy.map(duckName).join(', ')}`;
  const ids = fields.flatMap((field) => {
    const id = field.metadata['delta.columnMapping.id'];
    return typeof id === 'number' ? [`${duckName(physicalName(field))}: ${id}`] : [];
  });
  const fieldIds = ids.length === 0 ? '' : `, FIELD_IDS {${ids.join(', ')}}`;
  return `COPY (SELECT ${columns.join(', ')} ${source}${order}) TO ${duckString(draft)} (FORMAT parquet, COMPRESSION snappy${fieldIds})`;
}

const partitionFields = (target: WriteTarget): readonly StructField[] =>
  target.partitionColumns.flatMap((name) => target.schema.fields.filter((field) => field.name === name));

const physicalPartitionColumns = (target: WriteTarget): readonly string[] => partitionFields(target).map(physicalName);
