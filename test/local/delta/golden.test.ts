import { existsSync, readdirSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { afterEach, describe, expect, it } from 'vitest';
import type { Snapshot } from '../../../src/local/delta/index.js';
import {
  cloneTable,
  dataFilePath,
  deletedRows,
  fileKey,
  openSnapshot,
  recordCount,
} from '../../../src/local/delta/index.js';
import { author, testEnv } from './support.js';

const golden = fileURLToPath(new URL('../../../../shared/fixtures/delta-golden/', import.meta.url));
const present = existsSync(golden);
const tableFolder = (name: string) => join(golden, name, 'delta');

/** Must be refused, each with its own class. */
const broken: Readonly<Record<string, string>> = {
  'deltalog-invalid-protocol-version': 'DELTA_INVALID_PROTOCOL_VERSION',
  'no-delta-log-folder': 'DELTA_PATH_DOES_NOT_EXIST',
  'deltalog-state-reconstruction-without-protocol': 'DELTA_STATE_RECOVER_ERROR',
  'versions-not-contiguous': 'DELTA_VERSIONS_NOT_CONTIGUOUS',
};

/** Their data files are not kept, so stand-ins of one byte take their place. */
const withoutRows = ['checkpoint', 'delete-re-add-same-file-different-transactions'];

const names = present ? readdirSync(golden) : [];
const readable = names.filter((name) => broken[name] === undefined);
const env = testEnv();

let temporary = '';
afterEach(async () => {
  if (temporary !== '') await rm(temporary, { recursive: true, force: true });
  temporary = '';
});

it.skipIf(process.env.CI === undefined && !present)('tables written by Spark are at hand wherever CI runs', () => {
  expect(names.length, `golden Delta tables are missing at ${golden}`).toBeGreaterThan(20);
});

describe.skipIf(!present)('tables written by Spark (skipped where ../shared/fixtures/delta-golden is absent)', () => {
  it.each(Object.entries(broken))('refuses the broken table %s with a clear error', async (name, errorClass) => {
    await expect(openSnapshot(env, tableFolder(name))).rejects.toMatchObject({ name: 'SqlError', errorClass });
  });

  it.each(readable)('deep-clones %s into the same files, rows and schema', async (name) => {
    temporary = await mkdtemp(join(tmpdir(), 'golden-'));
    const target = join(temporary, 'target');
    const source = await openSnapshot(env, withoutRows.includes(name) ? await withStandIns(name) : tableFolder(name));
    await cloneTable(env, {
      source,
      sourceName: name,
      sourceUri: `file:${source.folder}`,
      targetFolder: target,
      mode: 'createOrReplace',
      deep: true,
      properties: {},
      author,
    });

    const clone = await openSnapshot(env, target);
    expect(clone.files.map(fileKey)).toEqual(source.files.map(fileKey));
    expect(clone.schema).toEqual(source.schema);
    expect(clone.metadata.partitionColumns).toEqual(source.metadata.partitionColumns);
    expect(clone.protocol).toEqual(source.protocol);
    for (const file of source.files) {
      const copied = await readFile(dataFilePath(env, target, file.path));
      expect(copied.equals(await readFile(dataFilePath(env, source.folder, file.path))), file.path).toBe(true);
    }
    if (!withoutRows.includes(name)) expect(await countRows(clone)).toBe(await countRows(source));
  });

  const expected = readable.filter((name) => existsSync(join(golden, name, 'expected')));
  it.each(expected)('counts the rows of %s as Spark does', async (name) => {
    expect(await countRows(await openSnapshot(env, tableFolder(name)))).toBe(await expectedRows(name));
  });
});

async function withStandIns(name: string): Promise<string> {
  const folder = join(temporary, 'source');
  await cp(tableFolder(name), folder, { recursive: true });
  const { files } = await openSnapshot(env, folder);
  for (const file of files) await env.storage.write(dataFilePath(env, folder, file.path), Buffer.of(0));
  return folder;
}

/** Counts in the data files themselves, without the deleted rows. */
async function countRows(snapshot: Snapshot): Promise<number> {
  let total = 0;
  for (const file of snapshot.files) {
    const rows = await parquetRows(dataFilePath(env, snapshot.folder, file.path));
    expect([rows, null]).toContain(recordCount(file));
    total += rows - (await deletedRows(env, snapshot.folder, file)).length;
  }
  return total;
}

async function expectedRows(name: string): Promise<number> {
  const folder = join(golden, name, 'expected');
  let total = 0;
  for (const file of await readdir(folder, { recursive: true })) {
    if (file.endsWith('.parquet')) total += await parquetRows(join(folder, file));
  }
  return total;
}

async function parquetRows(path: string): Promise<number> {
  const content = await readFile(path);
  return (await parquetReadObjects({ file: new Uint8Array(content).buffer, compressors })).length;
}
