import type { AddFile, DataType, DeltaEnv, Snapshot, StructField } from '../delta/index.js';
import { dataFilePath, deletedRows, physicalName } from '../delta/index.js';
import type { DuckSession } from './duck.js';
import { duckName, duckString } from './duck.js';
import { duckTypeOf } from './duck-types.js';
import { SqlError } from './statement.js';

/** Column of a relation that names the data file (`add.path`) a row comes from; only where asked for. */
export const FILE_COLUMN = '__dr_file';
/** Column with the row's index in its file. */
export const ROW_COLUMN = '__dr_row';

/** Parquet's own column names, kept apart from the table's. */
const SCAN_FILE = '__dr_path';

export interface RelationOptions {
  /** Only these files instead of all of the snapshot. */
  readonly files?: readonly AddFile[];
  /** Adds {@link FILE_COLUMN} and {@link ROW_COLUMN}. */
  readonly withPosition?: boolean;
}

/**
 * Makes the rows of a snapshot readable as a temporary view: partition values and deletion vectors applied, physical
 * column names translated, columns that a file lacks read as NULL. @returns the view's name
 */
export async function createRelation(
  session: DuckSession,
  env: DeltaEnv,
  snapshot: Snapshot,
  options: RelationOptions = {},
): Promise<string> {
  const files = options.files ?? snapshot.files;
  const paths = files.map((file) => dataFilePath(env, snapshot.folder, file.path));
  await requireFiles(env, paths);
  const view = session.newName();
  const scan = files.length === 0 ? emptyScan(snapshot) : await fileScan(session, env, snapshot, files, paths);
  const position = options.withPosition === true ? [`f.${FILE_COLUMN}`, `s.file_row_number AS ${ROW_COLUMN}`] : [];
  const columns = [...snapshot.schema.fields.map((field) => columnOf(field, snapshot)), ...position];
  await session.run(`CREATE TEMP VIEW ${view} AS SELECT ${columns.join(', ')} FROM ${scan}`);
  return view;
}

/** An outage of the storage or a vacuumed file shows here, before DuckDB opens anything. */
async function requireFiles(env: DeltaEnv, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    if ((await env.storage.stat(path)) !== null) continue;
    throw new SqlError(
      'FAILED_READ_FILE.FILE_NOT_EXIST',
      'KD001',
      `Encountered error while reading file ${path}. File does not exist. It is possible the underlying files have been updated.`,
    );
  }
}

function emptyScan(snapshot: Snapshot): string {
  const partitions = snapshot.schema.fields.filter((field) => isPartition(field, snapshot));
  const columns = partitions.map((field) => `NULL::VARCHAR AS ${duckName(physicalName(field))}`);
  return `(${typedNulls(snapshot)}) s, (SELECT ${[`NULL::VARCHAR AS ${FILE_COLUMN}`, ...columns].join(', ')} WHERE false) f`;
}

async function fileScan(
  session: DuckSession,
  env: DeltaEnv,
  snapshot: Snapshot,
  files: readonly AddFile[],
  paths: readonly string[],
): Promise<string> {
  const fileTable = await createFileTable(session, snapshot, files, paths);
  const list = paths.map((path) => duckString(escapeGlob(path))).join(', ');
  const parquet = `SELECT * FROM read_parquet([${list}], union_by_name = true, filename = ${duckString(SCAN_FILE)}, file_row_number = true, hive_partitioning = false)`;
  const scan = `(${typedNulls(snapshot)} UNION ALL BY NAME ${parquet}) s JOIN ${fileTable} f ON s.${SCAN_FILE} = f.${SCAN_FILE}`;
  const deleted = await createDeletedTable(session, env, snapshot, files);
  if (deleted === undefined) return scan;
  return `${scan} ANTI JOIN ${deleted} d ON f.${FILE_COLUMN} = d.file AND s.file_row_number = d.position`;
}

/** No rows, but every column with its type: a column that none of the files has is then NULL instead of an error. */
function typedNulls(snapshot: Snapshot): string {
  const columns = snapshot.schema.fields
    .filter((field) => !isPartition(field, snapshot))
    .map((field) => `NULL::${duckTypeOf(field.type, physicalName)} AS ${duckName(physicalName(field))}`);
  return `SELECT ${[...columns, `NULL::VARCHAR AS ${SCAN_FILE}`, 'NULL::BIGINT AS file_row_number'].join(', ')} WHERE false`;
}

async function createFileTable(
  session: DuckSession,
  snapshot: Snapshot,
  files: readonly AddFile[],
  paths: readonly string[],
): Promise<string> {
  const table = session.newName();
  const partitions = snapshot.schema.fields.filter((field) => isPartition(field, snapshot)).map(physicalName);
  const columns = [SCAN_FILE, FILE_COLUMN, ...partitions].map((name) => `${duckName(name)} VARCHAR`);
  await session.run(`CREATE TEMP TABLE ${table} (${columns.join(', ')})`);
  const rows = files.map((file, index) => {
    const values = partitions.map((name) => file.partitionValues[name] ?? '');
    const literals = values.map((value) => (value === '' ? 'NULL' : duckString(value)));
    return `(${[duckString(paths[index] ?? ''), duckString(file.path), ...literals].join(', ')})`;
  });
  await session.run(`INSERT INTO ${table} VALUES ${rows.join(', ')}`);
  return table;
}

async function createDeletedTable(
  session: DuckSession,
  env: DeltaEnv,
  snapshot: Snapshot,
  files: readonly AddFile[],
): Promise<string | undefined> {
  if (files.every((file) => file.deletionVector === null)) return undefined;
  const table = session.newName();
  await session.run(`CREATE TEMP TABLE ${table} (file VARCHAR, position BIGINT)`);
  for (const file of files) {
    const positions = file.deletionVector === null ? [] : await deletedRows(env, snapshot.folder, file);
    if (positions.length === 0) continue;
    await session.run(`INSERT INTO ${table} SELECT ${duckString(file.path)}, unnest([${positions.join(', ')}])`);
  }
  return table;
}

function columnOf(field: StructField, snapshot: Snapshot): string {
  const source = `${isPartition(field, snapshot) ? 'f' : 's'}.${duckName(physicalName(field))}`;
  return `CAST(${logicalValue(source, field.type)} AS ${duckTypeOf(field.type)}) AS ${duckName(field.name)}`;
}

/**
 * Rebuilds nested values under their logical names where column mapping gave them others.
 * @param depth keeps the variables of nested lambdas apart
 */
function logicalValue(source: string, type: DataType, depth = 0): string {
  if (!hasRenamedFields(type) || typeof type === 'string') return source;
  const e = `e${depth}`;
  const value = (part: string, partType: DataType) => logicalValue(part, partType, depth + 1);
  if (type.type === 'array') return `list_transform(${source}, lambda ${e}: ${value(e, type.elementType)})`;
  const rebuilt =
    type.type === 'map'
      ? `map_from_entries(list_transform(map_entries(${source}), lambda ${e}: struct_pack(k := ${value(`${e}.key`, type.keyType)}, v := ${value(`${e}.value`, type.valueType)})))`
      : `struct_pack(${type.fields.map((field) => `${duckName(field.name)} := ${value(`${source}.${duckName(physicalName(field))}`, field.type)}`).join(', ')})`;
  return `CASE WHEN ${source} IS NULL THEN NULL ELSE ${rebuilt} END`;
}

function hasRenamedFields(type: DataType): boolean {
  if (typeof type === 'string') return false;
  if (type.type === 'array') return hasRenamedFields(type.elementType);
  if (type.type === 'map') return hasRenamedFields(type.keyType) || hasRenamedFields(type.valueType);
  return type.fields.some((field) => physicalName(field) !== field.name || hasRenamedFields(field.type));
}

function isPartition(field: StructField, snapshot: Pick<Snapshot, 'metadata'>): boolean {
  return snapshot.metadata.partitionColumns.includes(field.name);
}

/** DuckDB takes paths as glob patterns; table folders may hold any character. */
const escapeGlob = (path: string) => path.replace(/[[\]*?]/g, (character) => `[${character}]`);
