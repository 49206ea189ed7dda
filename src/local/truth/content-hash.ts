/** The oracle of promise 1: what rows a table holds at a version, computed from its data files by DuckDB. */
import { resolve } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { ReplayedColumn, ReplayedFile, ReplayedTable } from './log-replay.js';
import { globText, newestVersion, replayLog, sqlText } from './log-replay.js';
import type { TrueTable } from './truth-log.js';

/** Column types that are written in one spelling, whatever the files store them as. */
const DUCK_TYPES: Readonly<Record<string, string>> = {
  string: 'VARCHAR',
  long: 'BIGINT',
  integer: 'INTEGER',
  short: 'SMALLINT',
  byte: 'TINYINT',
  float: 'FLOAT',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
  binary: 'BLOB',
  date: 'DATE',
  timestamp: 'TIMESTAMPTZ',
  timestamp_ntz: 'TIMESTAMP',
};

export interface HashOptions {
  /** Local path of an absolute URI, as shallow clones have them; without it they are refused. */
  readonly resolveUri?: (uri: string) => string;
}

/** Newest version of the table in `folder`. */
export { newestVersion };

/**
 * Rows and content hash of the table in `folder` at `version`. Tables with the same columns and the same rows have the
 * same hash, whatever files, order and version the rows lie in. Throws where the table can't be read.
 */
export async function contentHash(folder: string, version: number, options: HashOptions = {}): Promise<TrueTable> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '512MB' });
  try {
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    const table = await replayLog(connection, folder, version);
    const reader = await connection.runAndReadAll(hashQuery(folder, table, options));
    const [rows, lower, upper, columns] = reader.getRows()[0] ?? [];
    const contents = [lower, upper].map((sum) =>
      BigInt.asUintN(64, BigInt(String(sum ?? 0)))
        .toString(16)
        .padStart(16, '0'),
    );
    return {
      version,
      tableId: table.tableId,
      rows: Number(rows),
      contentHash: `${String(columns)}-${contents.join('')}`,
    };
  } finally {
    instance.closeSync();
  }
}

/** Each row becomes one text, each text a number; the sum does not depend on the order of the rows. */
function hashQuery(folder: string, { columns, files }: ReplayedTable, options: HashOptions): string {
  const described = columns.map(({ name, type }) => `${name.toLowerCase()} ${type ?? 'nested'}`).join(',');
  const shape = `left(md5(${sqlText(described)}), 8)`;
  const parts = files.map((file) => fileRows(folder, file, columns, options));
  const rows = parts.length === 0 ? 'SELECT NULL AS line WHERE false' : parts.join(' UNION ALL ');
  return `SELECT count(*), sum(md5_number_lower(line)), sum(md5_number_upper(line)), ${shape} FROM (${rows})`;
}

/** Length before content, so that no two different rows give the same text. */
function fileRows(
  folder: string,
  file: ReplayedFile,
  columns: readonly ReplayedColumn[],
  options: HashOptions,
): string {
  const texts = columns.map((column) => `(${columnText(column, file)})`);
  const cells = texts.map((text) => `coalesce(length(${text}) || ':' || ${text}, '-')`);
  const line = cells.length === 0 ? "''" : cells.join(" || '|' || ");
  return `SELECT ${line} AS line FROM (${nulls(columns)} UNION ALL BY NAME SELECT * FROM read_parquet(${sqlText(globText(localFile(folder, file.path, options)))}, hive_partitioning = false))`;
}

/** A file that was written before a column existed has none of it. */
function nulls(columns: readonly ReplayedColumn[]): string {
  const stored = columns.filter(({ isPartition }) => !isPartition);
  if (stored.length === 0) return 'SELECT NULL AS "__none" WHERE false';
  const typedNulls = stored.map(({ physicalName, type }) => {
    const typed = type === null ? 'NULL' : `NULL::${duckType(type)}`;
    return `${typed} AS ${sqlName(physicalName)}`;
  });
  return `SELECT ${typedNulls.join(', ')} WHERE false`;
}

function columnText(column: ReplayedColumn, file: ReplayedFile): string {
  const partitionValue = file.partitionValues[column.physicalName] ?? '';
  const source = column.isPartition ? sqlText(partitionValue) : sqlName(column.physicalName);
  if (column.isPartition && partitionValue === '') return 'NULL::VARCHAR';
  if (column.type === null) return `CAST(to_json(${source}) AS VARCHAR)`;
  return `CAST(CAST(${source} AS ${duckType(column.type)}) AS VARCHAR)`;
}

function duckType(type: string): string {
  if (type.startsWith('decimal(')) return type;
  if (/^(var)?char\(/.test(type)) return 'VARCHAR';
  const found = DUCK_TYPES[type];
  if (found === undefined) throw new Error(`The oracle does not read columns of type ${type}.`);
  return found;
}

function localFile(folder: string, encodedPath: string, { resolveUri }: HashOptions): string {
  const path = decodeURIComponent(encodedPath);
  if (!/^(\/|[a-z][a-z0-9+.-]*:\/)/i.test(path)) return resolve(folder, path);
  if (resolveUri === undefined) throw new Error(`${folder} points to a file outside of it: ${path}.`);
  return resolveUri(path);
}

const sqlName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
