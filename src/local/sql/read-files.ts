import { join, matchesGlob } from 'node:path';
import type { Storage, StructField } from '../delta/index.js';
import type { DuckSession } from './duck.js';
import { duckName, duckString } from './duck.js';
import { duckTypeOf } from './duck-types.js';
import { unsupported } from './errors.js';
import { parseColumn } from './parse-common.js';
import { SqlError } from './statement.js';
import { TokenReader } from './token-reader.js';

export interface FileRelation {
  /** Folder on this machine, and its URI. */
  readonly folder: string;
  readonly root: string;
  /** Glob below the folder; empty for everything in it. */
  readonly pattern: string;
  /** Options of read_files by lower-case name: `format`, `header`, `schema`. */
  readonly options: Readonly<Record<string, string | undefined>>;
  /** Whether the statement asks for the hidden column `_metadata`. */
  readonly withMetadata: boolean;
}

const KNOWN_OPTIONS = ['path', 'format', 'header', 'schema', 'delimiter', 'sep', 'multiline', 'schemaevolutionmode'];

/** The rows of uploaded CSV or JSON files (`read_files`) as a temporary view. @returns the view's name */
export async function createFileRelation(
  session: DuckSession,
  storage: Storage,
  relation: FileRelation,
): Promise<string> {
  const unknown = Object.keys(relation.options).find((option) => !KNOWN_OPTIONS.includes(option));
  if (unknown !== undefined) throw unsupported(`read_files with the option ${unknown}`);
  const files = await listFiles(storage, relation);
  const schema = relation.options.schema === undefined ? undefined : parseColumns(relation.options.schema);
  const view = session.newName();
  if (files.length > 0) {
    await session.run(`CREATE TEMP VIEW ${view} AS ${scanOf(relation, files, schema)}`);
    return view;
  }
  if (schema === undefined) {
    throw new SqlError(
      'CF_EMPTY_DIR_FOR_SCHEMA_INFERENCE',
      '42000',
      `Cannot infer schema when the input path ${relation.root} is empty.`,
    );
  }
  const columns = schema.map((field) => `NULL::${duckTypeOf(field.type)} AS ${duckName(field.name)}`);
  if (relation.withMetadata) columns.push('NULL::STRUCT(file_path VARCHAR, file_name VARCHAR) AS _metadata');
  await session.run(`CREATE TEMP VIEW ${view} AS SELECT ${columns.join(', ')} WHERE false`);
  return view;
}

/** Hidden files (`_`, `.`) are skipped, as Spark skips them. */
async function listFiles(storage: Storage, { folder, root, pattern }: FileRelation): Promise<readonly string[]> {
  const found = await storage.list(folder, { recursive: true });
  if (found === null) {
    throw new SqlError('CF_PATH_DOES_NOT_EXIST_FOR_READ_FILES', '42000', `The path ${root} does not exist.`);
  }
  return found
    .map(({ path }) => path)
    .filter((path) => path.split('/').every((part) => !/^[_.]/.test(part)))
    .filter((path) => pattern === '' || matchesGlob(path, pattern))
    .toSorted()
    .map((path) => join(folder, path));
}

function parseColumns(schema: string): readonly StructField[] {
  const reader = new TokenReader(`(${schema})`);
  const columns: StructField[] = [];
  reader.expect('(');
  do columns.push(parseColumn(reader));
  while (reader.accept(','));
  reader.expect(')');
  return columns;
}

function scanOf(relation: FileRelation, files: readonly string[], schema: readonly StructField[] | undefined): string {
  const list = `[${files.map((file) => duckString(file.replace(/[[\]*?]/g, (character) => `[${character}]`))).join(', ')}]`;
  const metadata =
    "{'file_path': " +
    `replace(__dr_path, ${duckString(relation.folder)}, ${duckString(relation.root)}), ` +
    "'file_name': parse_filename(__dr_path)} AS _metadata";
  const columns = relation.withMetadata ? `* EXCLUDE (__dr_path), ${metadata}` : '* EXCLUDE (__dr_path)';
  return `SELECT ${columns} FROM ${reader(relation, list, schema)}`;
}

function reader({ options }: FileRelation, list: string, schema: readonly StructField[] | undefined): string {
  const format = (options.format ?? '').toLowerCase();
  const types = schema?.map((field) => `${duckString(field.name)}: ${duckString(duckTypeOf(field.type))}`).join(', ');
  const columns = types === undefined ? '' : `, columns = {${types}}`;
  if (format === 'json') return `read_json(${list}${columns}, filename = '__dr_path', union_by_name = true)`;
  if (format !== 'csv') throw unsupported(`read_files with the format ${format === '' ? 'left out' : format}`);
  const header = options.header === 'true';
  const delimiter = duckString(options.delimiter ?? options.sep ?? ',');
  // With the schema given there is nothing to be found out, and DuckDB would look for it in every file, several times.
  const given = types === undefined ? '' : `, auto_detect = false, escape = '"'`;
  return `read_csv(${list}${columns}${given}, header = ${header}, delim = ${delimiter}, quote = '"', filename = '__dr_path')`;
}
