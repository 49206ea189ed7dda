import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type {
  Action,
  AddFile,
  Author,
  CloneRequest,
  CommitRequest,
  CommitResult,
  DeltaEnv,
  PartitionValues,
  Snapshot,
  StructType,
} from '../../../src/local/delta/index.js';
import {
  cloneTable,
  commit,
  createTable,
  field,
  localDisk,
  newDataFilePath,
  newFile,
  openSnapshot,
  removeOf,
  resolveFileUri,
} from '../../../src/local/delta/index.js';

export const author: Author = { userName: 'tester@example.com', attribution: null, statementId: null };

export const dayMs = 86_400_000;

/** A clock that stands still until a test moves it. */
class StillClock {
  #ms: number;

  constructor(ms = Date.UTC(2026, 10, 22, 12)) {
    this.#ms = ms;
  }

  now(): number {
    return this.#ms;
  }

  advance(ms: number): void {
    this.#ms += ms;
  }
}

export type TestEnv = DeltaEnv & { readonly clock: StillClock };

export const testEnv = (changes: Partial<DeltaEnv> = {}): TestEnv => ({
  storage: localDisk,
  resolveUri: resolveFileUri,
  ...changes,
  clock: new StillClock(),
});

/** A folder of its own for each test of the file, removed afterwards. @returns paths below it */
export function useFolder(): (name?: string) => string {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'delta-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });
  return (name = 'table') => join(folder, name);
}

export const schema: StructType = { type: 'struct', fields: [field('id', 'long'), field('day', 'string')] };

export async function newTable(
  env: DeltaEnv,
  folder: string,
  properties: Readonly<Record<string, string>> = {},
  partitionColumns: readonly string[] = [],
): Promise<void> {
  await createTable(env, {
    folder,
    mode: 'create',
    schema,
    partitionColumns,
    properties,
    isManaged: false,
    asSelect: null,
    author,
  });
}

/** Writes a file of the given size as a stand-in for parquet, and returns the add action for it. */
export async function dataFile(
  env: DeltaEnv,
  folder: string,
  options: { readonly bytes?: number; readonly values?: PartitionValues; readonly rows?: number } = {},
): Promise<AddFile> {
  const { bytes = 10, values = {}, rows = 1 } = options;
  const path = newDataFilePath(Object.keys(values), values);
  const modificationTime = env.clock.now();
  await env.storage.putIfAbsent(join(folder, path), Buffer.alloc(bytes, path), modificationTime);
  const stats = JSON.stringify({ numRecords: rows });
  return newFile({ path, partitionValues: values, size: bytes, modificationTime, stats });
}

type Change = Pick<CommitRequest, 'base' | 'actions'> & Partial<CommitRequest>;

/** Commits a WRITE with whatever a test does not care about filled in. */
export async function write(env: DeltaEnv, folder: string, change: Change): Promise<CommitResult> {
  const defaults = {
    operation: 'WRITE',
    operationParameters: {},
    operationMetrics: {},
    author,
    reads: 'nothing',
  } as const;
  return await commit(env, { folder, ...defaults, ...change });
}

export const adds = (...files: AddFile[]): Action[] => files.map((add) => ({ kind: 'add', add }));
export const removes = (...files: AddFile[]): Action[] =>
  files.map((file) => ({ kind: 'remove', remove: removeOf(file, Date.UTC(2026, 10, 22, 12)) }));

/** INSERT of one new file. */
export async function append(
  env: DeltaEnv,
  folder: string,
  options: Parameters<typeof dataFile>[2] = {},
): Promise<AddFile> {
  const file = await dataFile(env, folder, options);
  await write(env, folder, { base: await openSnapshot(env, folder), actions: adds(file) });
  return file;
}

/** DELETE of whole files. */
export async function remove(env: DeltaEnv, folder: string, ...files: AddFile[]): Promise<void> {
  const gone = files.map((file): Action => ({ kind: 'remove', remove: removeOf(file, env.clock.now()) }));
  await write(env, folder, {
    base: await openSnapshot(env, folder),
    actions: gone,
    operation: 'DELETE',
    reads: 'table',
  });
}

/** Deep-clones a snapshot into a folder, CREATE OR REPLACE. */
export async function clone(env: DeltaEnv, source: Snapshot, target: string, changes: Partial<CloneRequest> = {}) {
  const result = await cloneTable(env, {
    source,
    sourceName: 'main.shop.orders',
    sourceUri: `file:${source.folder}`,
    targetFolder: target,
    mode: 'createOrReplace',
    deep: true,
    properties: {},
    author,
    ...changes,
  });
  if (result === null) throw new Error('the clone was skipped');
  return result;
}
