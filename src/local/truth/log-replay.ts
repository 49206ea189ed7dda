/**
 * A second, minimal reading of a Delta log, for the oracle alone: it shares no code with the library under test, so that
 * a mistake there can't hide itself. It knows what the local pair's tables need and refuses the rest.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { z } from 'zod';

const add = z.object({
  path: z.string(),
  partitionValues: z.record(z.string(), z.string().nullable()).nullish(),
  deletionVector: z.unknown().nullish(),
});
const metaData = z.object({
  id: z.string(),
  schemaString: z.string(),
  partitionColumns: z.array(z.string()).nullish(),
});
const remove = z.object({ path: z.string() });
const schema = z.object({
  fields: z.array(
    z.object({
      name: z.string(),
      type: z.union([z.string(), z.record(z.string(), z.unknown())]),
      metadata: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
});

export interface ReplayedFile {
  /** As the log has it: URI-encoded. */
  readonly path: string;
  readonly partitionValues: Readonly<Record<string, string | null>>;
}

export interface ReplayedColumn {
  readonly name: string;
  /** Name in data files and partition values. */
  readonly physicalName: string;
  /** Delta's name of a primitive type; null for nested ones. */
  readonly type: string | null;
  readonly isPartition: boolean;
}

export interface ReplayedTable {
  readonly tableId: string;
  readonly columns: readonly ReplayedColumn[];
  readonly files: readonly ReplayedFile[];
}

/** Newest version of the table in `folder`, by the names in its log. Throws where there is none. */
export async function newestVersion(folder: string): Promise<number> {
  const { commits, checkpoints } = await listLog(folder);
  const newest = Math.max(...commits.map(versionOf), ...checkpoints.map(versionOf));
  if (newest < 0 || !Number.isFinite(newest)) throw new Error(`${folder} holds no Delta table.`);
  return newest;
}

/** The table at `version`: the newest checkpoint at or below it, then every commit up to it. */
export async function replayLog(connection: DuckDBConnection, folder: string, version: number): Promise<ReplayedTable> {
  const { commits, checkpoints } = await listLog(folder);
  const from = Math.max(-1, ...checkpoints.map(versionOf).filter((candidate) => candidate <= version));
  const parts = checkpoints.filter((name) => versionOf(name) === from);
  const after = commits.filter((name) => versionOf(name) > from && versionOf(name) <= version);
  if (after.length !== version - from) throw new Error(`${folder}: the log is not complete up to version ${version}.`);
  const actions = [
    ...(await readActions(connection, checkpointScan(folder, parts))),
    ...(await readActions(connection, commitScan(folder, after))),
  ];
  const files = new Map<string, z.infer<typeof add>>();
  let meta: z.infer<typeof metaData> | undefined;
  for (const action of actions) {
    if (action.metaData !== null) meta = metaData.parse(action.metaData);
    if (action.remove !== null) files.delete(remove.parse(action.remove).path);
    if (action.add !== null) {
      const file = add.parse(action.add);
      files.set(file.path, file);
    }
  }
  if (meta === undefined) throw new Error(`${folder}: the log up to version ${version} has no metaData.`);
  return {
    tableId: meta.id,
    columns: columnsOf(meta),
    files: [...files.values()].map((file) => plainFile(folder, file)),
  };
}

function plainFile(folder: string, file: z.infer<typeof add>): ReplayedFile {
  if (file.deletionVector) throw new Error(`${folder}: the oracle does not read deletion vectors (${file.path}).`);
  return { path: file.path, partitionValues: file.partitionValues ?? {} };
}

function columnsOf(meta: z.infer<typeof metaData>): readonly ReplayedColumn[] {
  return schema.parse(JSON.parse(meta.schemaString)).fields.map(({ name, type, metadata = {} }) => ({
    name,
    physicalName: String(metadata['delta.columnMapping.physicalName'] ?? name),
    type: typeof type === 'string' ? type : null,
    isPartition: meta.partitionColumns?.includes(name) ?? false,
  }));
}

async function listLog(folder: string) {
  const names = (await readdir(join(folder, '_delta_log'))).toSorted();
  return {
    commits: names.filter((name) => /^\d{20}\.json$/.test(name)),
    checkpoints: names.filter((name) => /^\d{20}\.checkpoint(\.\d{10}\.\d{10})?\.parquet$/.test(name)),
  };
}

const versionOf = (name: string): number => Number(name.slice(0, 20));

interface RawAction {
  readonly add: unknown;
  readonly remove: unknown;
  readonly metaData: unknown;
}

/** Commits one after the other; within a commit no file is both added and removed under one path and vector. */
function commitScan(folder: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const columns = "columns = {add: 'JSON', remove: 'JSON', metaData: 'JSON'}";
  const options = `format = 'newline_delimited', ${columns}, filename = true, maximum_object_size = 134217728`;
  // A rewrite may remove a path and add it again with another vector in one commit: adds come last.
  const order = 'ORDER BY filename, remove IS NULL';
  return `SELECT add, remove, metaData FROM read_json(${pathList(folder, names)}, ${options}) ${order}`;
}

function checkpointScan(folder: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const rows = `read_parquet(${pathList(folder, names)}, union_by_name = true)`;
  return `SELECT to_json(add), NULL, to_json(metaData) FROM ${rows} WHERE add IS NOT NULL OR metaData IS NOT NULL`;
}

const pathList = (folder: string, names: readonly string[]): string =>
  `[${names.map((name) => sqlText(globText(join(folder, '_delta_log', name)))).join(', ')}]`;

async function readActions(connection: DuckDBConnection, scan: string | undefined): Promise<readonly RawAction[]> {
  if (scan === undefined) return [];
  const reader = await connection.runAndReadAll(scan);
  const parsed = (value: unknown): unknown => (typeof value === 'string' ? JSON.parse(value) : null);
  return reader.getRows().map(([added, removed, described]) => ({
    add: parsed(added),
    remove: parsed(removed),
    metaData: parsed(described),
  }));
}

/** DuckDB string literal. */
export const sqlText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** DuckDB takes paths as glob patterns; this one means itself. */
export const globText = (path: string): string => path.replace(/[[\]*?]/g, (character) => `[${character}]`);
