import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddFile, Author, DeltaEnv, PartitionValues, StructType } from '../../../src/local/delta/index.js';
import { field, localDisk, newDataFilePath, newFile, resolveFileUri } from '../../../src/local/delta/index.js';

export const author: Author = { userName: 'tester@example.com', attribution: null, statementId: null };

/** A clock that stands still until a test moves it. */
export class StillClock {
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

export const testEnv = (changes: Partial<DeltaEnv> = {}): DeltaEnv => ({
  storage: localDisk,
  clock: new StillClock(),
  resolveUri: resolveFileUri,
  ...changes,
});

export const schema: StructType = { type: 'struct', fields: [field('id', 'long'), field('day', 'string')] };

export const newFolder = async (): Promise<string> => await mkdtemp(join(tmpdir(), 'delta-'));

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
  return newFile({
    path,
    partitionValues: values,
    size: bytes,
    modificationTime,
    stats: JSON.stringify({ numRecords: rows }),
  });
}
