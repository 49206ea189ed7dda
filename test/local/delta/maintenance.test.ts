import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Storage } from '../../../src/local/delta/index.js';
import {
  addColumns,
  commitOptimize,
  field,
  fileKey,
  history,
  localDisk,
  openSnapshot,
  planOptimize,
  restoreTable,
  rowCount,
  setTableProperties,
  vacuum,
} from '../../../src/local/delta/index.js';
import type { TestEnv } from './support.js';
import { append, author, clone, dataFile, dayMs, newTable, remove, testEnv, useFolder } from './support.js';

const folder = useFolder();
let env: TestEnv;
beforeEach(async () => {
  env = testEnv();
  await newTable(env, folder());
});

const present = async () => await openSnapshot(env, folder());
const storedFiles = async () =>
  (await readdir(folder(), { recursive: true })).filter((path) => path.endsWith('.parquet') && !path.startsWith('_'));

describe('RESTORE', () => {
  it('brings content, schema and properties of the earlier version back, as a new version', async () => {
    const first = await append(env, folder(), { bytes: 10 });
    const wanted = await present();
    await addColumns(env, { folder: folder(), author, columns: [field('extra', 'string')] });
    await setTableProperties(env, { folder: folder(), author, properties: { k: 'v' } });
    await remove(env, folder(), first);
    await append(env, folder(), { bytes: 25 });

    const { version, metrics } = await restoreTable(env, { folder: folder(), to: { version: 1 }, author });
    expect(version).toBe(6);
    expect(metrics).toEqual({
      tableSizeAfterRestore: 10,
      numOfFilesAfterRestore: 1,
      numRemovedFiles: 1,
      numRestoredFiles: 1,
      removedFilesSize: 25,
      restoredFilesSize: 10,
    });
    const after = await present();
    expect(after.files.map(fileKey)).toEqual(wanted.files.map(fileKey));
    expect(after.metadata).toEqual(wanted.metadata);
    expect(after.tombstones.map(fileKey)).not.toContain(fileKey(first));
    expect((await history(env, folder()))[0]).toMatchObject({
      operation: 'RESTORE',
      operationParameters: { version: '1', timestamp: null },
      operationMetrics: { numRestoredFiles: '1' },
    });
  });

  it('is refused, naming the files, when they were vacuumed', async () => {
    const file = await append(env, folder());
    await remove(env, folder(), file);
    await localDisk.delete(join(folder(), file.path));
    const restoring = restoreTable(env, { folder: folder(), to: { version: 1 }, author });
    await expect(restoring).rejects.toThrow(file.path);
    await expect(present()).resolves.toMatchObject({ version: 2 });
  });

  it.each([
    [{ version: 9 }, 'DELTA_CANNOT_RESTORE_TABLE_VERSION'],
    [{ timestampMs: 1 }, 'DELTA_CANNOT_RESTORE_TIMESTAMP_EARLIER'],
    [{ timestampMs: 9e12 }, 'DELTA_CANNOT_RESTORE_TIMESTAMP_GREATER'],
  ])('to %j is refused as %s', async (to, errorClass) => {
    await expect(restoreTable(env, { folder: folder(), to, author })).rejects.toMatchObject({
      errorClass,
      sqlState: '22003',
    });
  });

  it('obeys the retention rule of time travel', async () => {
    env.clock.advance(8 * dayMs);
    await append(env, folder());
    await expect(restoreTable(env, { folder: folder(), to: { version: 0 }, author })).rejects.toMatchObject({
      sqlState: '0AKDC',
    });
  });
});

describe('VACUUM', () => {
  it('deletes what was removed longer ago than the retention, and nothing that a reader may still need', async () => {
    const [old, young, live] = [
      await append(env, folder(), { bytes: 7 }),
      await append(env, folder()),
      await append(env, folder()),
    ];
    await remove(env, folder(), old);
    env.clock.advance(6 * dayMs);
    await remove(env, folder(), young);
    env.clock.advance(2 * dayMs);

    expect(await vacuum(env, { folder: folder(), author })).toEqual({ files: [old.path], bytes: 7 });
    expect(new Set(await storedFiles())).toEqual(new Set([young.path, live.path]));
    const [end, start] = await history(env, folder());
    expect(start).toMatchObject({
      operation: 'VACUUM START',
      operationParameters: { retentionCheckEnabled: 'true', defaultRetentionMillis: '604800000' },
      operationMetrics: { numFilesToDelete: '1', sizeOfDataToDelete: '7' },
      isolationLevel: 'SnapshotIsolation',
    });
    expect(end).toMatchObject({
      operation: 'VACUUM END',
      operationParameters: { status: 'COMPLETED' },
      operationMetrics: { numDeletedFiles: '1' },
    });
  });

  it('a dry run says what would go, and changes nothing', async () => {
    const file = await append(env, folder());
    await remove(env, folder(), file);
    env.clock.advance(8 * dayMs);
    await expect(vacuum(env, { folder: folder(), author, dryRun: true })).resolves.toMatchObject({
      files: [file.path],
    });
    await expect(present()).resolves.toMatchObject({ version: 2 });
    expect(existsSync(join(folder(), file.path))).toBe(true);
  });

  it('refuses a retention below the table’s own, unless that check is switched off', async () => {
    const file = await append(env, folder());
    await remove(env, folder(), file);
    env.clock.advance(1);
    const short = { folder: folder(), author, retainMs: 0 };
    await expect(vacuum(env, short)).rejects.toMatchObject({ errorClass: 'DELTA_VACUUM_RETENTION_PERIOD_TOO_SHORT' });
    await expect(vacuum(env, { ...short, checkRetention: false })).resolves.toMatchObject({ files: [file.path] });
  });

  it('collects files of writers that were killed, and keeps those that are still being written', async () => {
    const orphan = await dataFile(env, folder());
    await localDisk.putIfAbsent(join(folder(), '.half.parquet.123.tmp'), Buffer.of(1), env.clock.now());
    await localDisk.putIfAbsent(join(folder(), '_index', 'kept.bin'), Buffer.of(1), env.clock.now());
    env.clock.advance(8 * dayMs);
    const beingWritten = await dataFile(env, folder());
    const { files } = await vacuum(env, { folder: folder(), author });
    expect(files).toEqual(['.half.parquet.123.tmp', orphan.path]);
    expect(existsSync(join(folder(), beingWritten.path))).toBe(true);
  });

  it('keeps files that a clone is just copying, though the engine’s clock is far ahead of the disk’s', async () => {
    await clone(env, await present(), folder('target'));
    env.clock.advance(1000 * dayMs);
    const file = await append(env, folder());
    const vacuumedMeanwhile: Storage = {
      ...localDisk,
      copy: async (from, to, modifiedAtMs) => {
        const bytes = await localDisk.copy(from, to, modifiedAtMs);
        await vacuum(env, { folder: folder('target'), author });
        return bytes;
      },
    };
    await clone({ ...env, storage: vacuumedMeanwhile }, await present(), folder('target'));
    expect(existsSync(join(folder('target'), file.path))).toBe(true);
  });

  it('of the source leaves a deep clone whole', async () => {
    const file = await append(env, folder());
    await clone(env, await present(), folder('target'));
    await remove(env, folder(), file);
    env.clock.advance(8 * dayMs);
    await vacuum(env, { folder: folder(), author });
    expect(existsSync(join(folder(), file.path))).toBe(false);
    expect(existsSync(join(folder('target'), file.path))).toBe(true);
  });

  it('says in the history that it failed half-way', async () => {
    await remove(env, folder(), await append(env, folder()), await append(env, folder()));
    env.clock.advance(8 * dayMs);
    const failing = { ...localDisk, delete: () => Promise.reject(new Error('storage is gone')) };
    await expect(vacuum({ ...env, storage: failing }, { folder: folder(), author })).rejects.toThrow('storage is gone');
    expect((await history(env, folder()))[0]).toMatchObject({
      operation: 'VACUUM END',
      operationParameters: { status: 'FAILED' },
    });
  });
});

describe('OPTIMIZE', () => {
  it('plans per partition, leaving single and large files alone', async () => {
    for (const day of ['1', '1', '2']) await append(env, folder(), { values: { day } });
    await append(env, folder(), { values: { day: '1' }, bytes: 5000 });
    const snapshot = await present();
    const plan = planOptimize(snapshot, { maxFileBytes: 1000 });
    expect(plan.map(({ partitionValues, files }) => [partitionValues, files.length])).toEqual([[{ day: '1' }, 2]]);
    expect(planOptimize(snapshot, { zOrderBy: ['id'] })).toHaveLength(2);
    expect(planOptimize(snapshot, { partitionFilter: ({ day }) => day === '2' })).toEqual([]);
  });

  it('commits a rewrite that is no data change, and lets appends happen meanwhile', async () => {
    await append(env, folder(), { rows: 3 });
    await append(env, folder(), { rows: 4 });
    const snapshot = await present();
    const [group] = planOptimize(snapshot);
    if (group === undefined) throw new Error('nothing was planned');
    await append(env, folder(), { rows: 1 });
    const added = [await dataFile(env, folder(), { bytes: 15, rows: 7 })];
    const { metrics, result } = await commitOptimize(env, { snapshot, rewritten: [{ group, added }], author });

    expect(result?.version).toBe(4);
    expect(metrics).toMatchObject({
      numFilesAdded: 1,
      numFilesRemoved: 2,
      filesRemoved: { min: 10, max: 10, avg: 10, totalSize: 20 },
    });
    expect(rowCount(await present())).toBe(8);
    expect((await history(env, folder()))[0]).toMatchObject({
      operation: 'OPTIMIZE',
      operationParameters: { predicate: '[]', zOrderBy: '[]', auto: 'false' },
      operationMetrics: { numRemovedFiles: '2', numAddedFiles: '1' },
      isolationLevel: 'SnapshotIsolation',
      isBlindAppend: false,
    });
    const log = await localDisk.read(join(folder(), '_delta_log', '00000000000000000004.json'));
    expect(log.toString()).not.toContain('"dataChange":true');
  });

  it('commits nothing where there is nothing to do', async () => {
    await append(env, folder());
    const outcome = await commitOptimize(env, { snapshot: await present(), rewritten: [], author });
    expect(outcome).toMatchObject({ result: null, metrics: { numFilesAdded: 0, totalFilesSkipped: 1 } });
    await expect(present()).resolves.toMatchObject({ version: 1 });
  });
});

it('a file that hides below a log folder of its own is never vacuumed', async () => {
  env.clock.advance(30 * dayMs);
  await writeFile(join(folder(), '_delta_log', 'note.txt'), 'kept');
  await expect(vacuum(env, { folder: folder(), author, retainMs: 0, checkRetention: false })).resolves.toMatchObject({
    files: [],
  });
});
