import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Action, AddFile, Storage } from '../../../src/local/delta/index.js';
import {
  addColumns,
  cloneTable,
  dataFilePath,
  detail,
  field,
  fileKey,
  history,
  localDisk,
  newFile,
  openSnapshot,
  setTableProperties,
} from '../../../src/local/delta/index.js';
import { encodeZ85 } from '../../../src/local/delta/z85.js';
import type { TestEnv } from './support.js';
import {
  adds,
  append,
  author,
  clone,
  dataFile,
  newTable,
  remove,
  removes,
  testEnv,
  useFolder,
  write,
} from './support.js';

const folder = useFolder();
let env: TestEnv;
beforeEach(async () => {
  env = testEnv();
  await newTable(env, folder());
});

const source = async () => await openSnapshot(env, folder());
const target = () => folder('target');
const cloneToTarget = async (changes: Parameters<typeof clone>[3] = {}) =>
  await clone(env, await source(), target(), changes);

/** A storage that counts what is copied, and may fail at a copy. */
function watched(failAtCopy = Number.POSITIVE_INFINITY): Storage & { readonly copied: string[] } {
  const copied: string[] = [];
  return {
    ...localDisk,
    copied,
    copy: async (from, to, modifiedAtMs) => {
      if (copied.length >= failAtCopy) throw new Error('storage is gone');
      copied.push(to);
      return await localDisk.copy(from, to, modifiedAtMs);
    },
  };
}

describe('a deep clone', () => {
  it('holds the source’s files under their names, and says so in its row and its history', async () => {
    await append(env, folder(), { bytes: 30, values: { day: 'a/b c' } });
    await append(env, folder(), { bytes: 12 });
    const { version, metrics } = await cloneToTarget();

    expect(version).toBe(0);
    expect(metrics).toEqual({
      sourceTableSize: 42,
      sourceNumOfFiles: 2,
      numRemovedFiles: 0,
      numCopiedFiles: 2,
      removedFilesSize: 0,
      copiedFilesSize: 42,
    });
    const copy = await openSnapshot(env, target());
    expect(copy.files.map(fileKey)).toEqual((await source()).files.map(fileKey));
    for (const { path } of copy.files) {
      expect(await readFile(dataFilePath(env, target(), path))).toEqual(
        await readFile(dataFilePath(env, folder(), path)),
      );
    }
    expect((await history(env, target()))[0]).toMatchObject({
      operation: 'CLONE',
      operationParameters: { source: 'main.shop.orders', sourceVersion: '2', isShallow: 'false' },
      operationMetrics: { sourceTableSize: '42', numCopiedFiles: '2' },
      readVersion: -1,
      isBlindAppend: false,
      isolationLevel: 'Serializable',
    });
  });

  it('is incremental when repeated: copies what is new, removes what is gone', async () => {
    const old = await append(env, folder(), { bytes: 30 });
    await append(env, folder(), { bytes: 12 });
    await cloneToTarget();
    await remove(env, folder(), old);
    await append(env, folder(), { bytes: 5 });

    const storage = watched();
    const { metrics, version } = await clone({ ...env, storage }, await source(), target());
    expect(storage.copied).toHaveLength(1);
    expect(version).toBe(1);
    expect(metrics).toEqual({
      sourceTableSize: 17,
      sourceNumOfFiles: 2,
      numRemovedFiles: 1,
      numCopiedFiles: 1,
      removedFilesSize: 30,
      copiedFilesSize: 5,
    });
    expect((await openSnapshot(env, target())).files.map(fileKey)).toEqual((await source()).files.map(fileKey));
  });

  it('of the same version again commits, and copies nothing', async () => {
    await append(env, folder());
    await cloneToTarget();
    await expect(cloneToTarget()).resolves.toMatchObject({
      version: 1,
      metrics: { numCopiedFiles: 0, numRemovedFiles: 0, sourceNumOfFiles: 1 },
    });
  });

  it('drops rows that someone else put into the target', async () => {
    await append(env, folder());
    await cloneToTarget();
    await append(env, target());
    await expect(cloneToTarget()).resolves.toMatchObject({ metrics: { numRemovedFiles: 1, numCopiedFiles: 0 } });
    expect((await openSnapshot(env, target())).files.map(fileKey)).toEqual((await source()).files.map(fileKey));
  });

  it('never silently swallows a row that someone adds while the clone runs', async () => {
    await append(env, folder());
    await cloneToTarget();
    await append(env, folder());
    const storage: Storage = {
      ...localDisk,
      copy: async (from, to, modifiedAtMs) => {
        await append(env, target());
        return await localDisk.copy(from, to, modifiedAtMs);
      },
    };
    await expect(clone({ ...env, storage }, await source(), target())).rejects.toMatchObject({
      errorClass: 'DELTA_CONCURRENT_APPEND',
    });
  });

  it('of two that race onto one target, one wins and the other is told', async () => {
    await append(env, folder());
    await cloneToTarget();
    const outcomes = await Promise.allSettled([cloneToTarget(), cloneToTarget()]);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused.map(({ reason }) => reason.errorClass)).toEqual(['DELTA_METADATA_CHANGED']);
  });

  it('keeps the target’s id, name and description, and gives a new target a fresh id', async () => {
    await cloneToTarget();
    const first = (await openSnapshot(env, target())).metadata;
    expect(first.id).not.toBe((await source()).metadata.id);
    await append(env, folder());
    await cloneToTarget();
    expect((await openSnapshot(env, target())).metadata).toMatchObject({
      id: first.id,
      createdTime: first.createdTime,
    });
  });

  it('takes the source’s schema and properties; TBLPROPERTIES win, what was set on the target alone is reset', async () => {
    await setTableProperties(env, {
      folder: folder(),
      author,
      properties: { owner: 'etl', 'delta.logRetentionDuration': 'interval 40 days' },
    });
    await cloneToTarget();
    await setTableProperties(env, { folder: target(), author, properties: { stray: '1' } });
    await addColumns(env, { folder: folder(), author, columns: [field('extra', 'double')] });
    await cloneToTarget({ properties: { 'dr.sync_id': 's-1', 'delta.logRetentionDuration': 'interval 60 days' } });

    const { metadata } = await openSnapshot(env, target());
    expect(metadata.schemaString).toBe((await source()).metadata.schemaString);
    expect(metadata.configuration).toEqual({
      owner: 'etl',
      'delta.logRetentionDuration': 'interval 60 days',
      'dr.sync_id': 's-1',
    });
  });

  it('raises the target’s protocol where the source needs it, and never lowers it', async () => {
    await cloneToTarget();
    await setTableProperties(env, {
      folder: target(),
      author,
      properties: { 'delta.feature.vacuumProtocolCheck': 'supported' },
    });
    await setTableProperties(env, { folder: folder(), author, properties: { 'delta.enableDeletionVectors': 'true' } });
    await cloneToTarget();
    const row = await detail(env, target(), 'abfss://x');
    expect(row.tableFeatures).toEqual(['appendOnly', 'deletionVectors', 'invariants', 'vacuumProtocolCheck']);
    expect([row.minReaderVersion, row.minWriterVersion]).toEqual([3, 7]);
  });

  it('refuses a source with column mapping over a target without, and leaves the target alone', async () => {
    await append(env, folder());
    await cloneToTarget();
    const mapping = { 'delta.columnMapping.mode': 'name' };
    await setTableProperties(env, { folder: folder(), author, properties: mapping });
    await expect(cloneToTarget()).rejects.toMatchObject({
      errorClass: 'DELTA_UNSUPPORTED_COLUMN_MAPPING_MODE_CHANGE',
    });
    expect((await openSnapshot(env, target())).version).toBe(0);
    await setTableProperties(env, { folder: target(), author, properties: mapping });
    await cloneToTarget();
    expect((await openSnapshot(env, target())).schema).toEqual((await source()).schema);
  });

  it('carries the progress of streaming writers and the clustering, but no other domain', async () => {
    const travel: Action[] = [
      { kind: 'txn', txn: { appId: 'stream', version: 4, lastUpdated: 1 } },
      {
        kind: 'domainMetadata',
        domainMetadata: { domain: 'delta.clustering', configuration: '{"clusteringColumns":[["id"]]}', removed: false },
      },
      { kind: 'domainMetadata', domainMetadata: { domain: 'my.domain', configuration: '{}', removed: false } },
    ];
    await write(env, folder(), { base: await source(), actions: travel });
    await cloneToTarget();
    const copy = await openSnapshot(env, target());
    expect(copy.transactions).toEqual([{ appId: 'stream', version: 4, lastUpdated: 1 }]);
    expect(copy.domains.map(({ domain }) => domain)).toEqual(['delta.clustering']);
    expect((await detail(env, target(), 'x')).clusteringColumns).toEqual(['id']);

    await write(env, folder(), {
      base: await source(),
      actions: [
        { kind: 'domainMetadata', domainMetadata: { domain: 'delta.clustering', configuration: '{}', removed: true } },
      ],
    });
    await cloneToTarget();
    expect((await openSnapshot(env, target())).domains).toEqual([]);
  });

  it('does not take over since when the source has in-commit timestamps', async () => {
    await setTableProperties(env, {
      folder: folder(),
      author,
      properties: { 'delta.enableInCommitTimestamps': 'true' },
    });
    await cloneToTarget();
    const { configuration } = (await openSnapshot(env, target())).metadata;
    expect(configuration).toEqual({ 'delta.enableInCommitTimestamps': 'true' });
  });

  it('can be made of an older version over a newer one', async () => {
    await append(env, folder());
    await append(env, folder());
    await cloneToTarget();
    const { metrics } = await clone(env, await openSnapshot(env, folder(), { version: 1 }), target());
    expect(metrics).toMatchObject({ sourceNumOfFiles: 1, numRemovedFiles: 1, numCopiedFiles: 0 });
  });
});

describe('an interrupted clone', () => {
  it('leaves no commit, and the next one writes no byte twice', async () => {
    for (const bytes of [10, 20, 30, 40, 50, 60, 70, 80]) await append(env, folder(), { bytes });
    const dying = watched(3);
    await expect(clone({ ...env, storage: dying }, await source(), target())).rejects.toThrow('storage is gone');
    expect(existsSync(join(target(), '_delta_log'))).toBe(false);

    let copiedBytes = 0;
    const second = watched();
    await clone({ ...env, storage: second }, await source(), target(), {
      onBytes: (bytes) => {
        copiedBytes += bytes;
      },
    });
    expect(new Set([...dying.copied, ...second.copied]).size).toBe(8);
    expect(dying.copied.length + second.copied.length).toBe(8);
    const early = await Promise.all(dying.copied.map(async (path) => (await readFile(path)).length));
    expect(copiedBytes).toBe(360 - early.reduce((sum, size) => sum + size, 0));
  });

  it('does not count a half-copied file as complete', async () => {
    const file = await append(env, folder(), { bytes: 100 });
    await localDisk.write(join(target(), file.path), Buffer.alloc(40));
    await cloneToTarget();
    expect(await readFile(join(target(), file.path))).toEqual(await readFile(join(folder(), file.path)));
  });

  it('copies a file again whose name and size are right, but which is older than the source’s', async () => {
    const file = await append(env, folder(), { bytes: 100 });
    await localDisk.putIfAbsent(join(target(), file.path), Buffer.alloc(100), env.clock.now() - 1);
    await cloneToTarget();
    expect(await readFile(join(target(), file.path))).toEqual(await readFile(join(folder(), file.path)));
  });

  it('stops between files when cancelled, without a commit', async () => {
    for (let count = 0; count < 12; count += 1) await append(env, folder());
    const cancel = new AbortController();
    const running = cloneToTarget({ signal: cancel.signal, onBytes: () => cancel.abort(new Error('cancelled')) });
    await expect(running).rejects.toThrow('cancelled');
    expect((await readdir(target())).length).toBeLessThan(12);
    await expect(openSnapshot(env, target())).rejects.toMatchObject({ errorClass: 'DELTA_PATH_DOES_NOT_EXIST' });
  });

  it('names the file when one of the source is missing', async () => {
    const file = await append(env, folder());
    await localDisk.delete(join(folder(), file.path));
    await expect(cloneToTarget()).rejects.toMatchObject({
      errorClass: 'FAILED_READ_FILE.FILE_NOT_EXIST',
      sqlState: 'KD001',
      message: expect.stringContaining(file.path),
    });
  });
});

describe('the statement’s head', () => {
  it.each([
    ['create', 'DELTA_TABLE_ALREADY_EXISTS', true],
    ['replace', 'DELTA_CANNOT_REPLACE_MISSING_TABLE', false],
  ] as const)('%s is refused where it does not fit', async (mode, errorClass, exists) => {
    if (exists) await cloneToTarget();
    await expect(cloneToTarget({ mode })).rejects.toMatchObject({ errorClass });
  });

  it('CREATE IF NOT EXISTS does nothing to an existing target', async () => {
    await cloneToTarget();
    await append(env, folder());
    const request = {
      source: await source(),
      sourceName: 's',
      sourceUri: 'file:/s',
      targetFolder: target(),
      deep: true,
      properties: {},
      author,
    };
    await expect(cloneTable(env, { ...request, mode: 'createIfNotExists' })).resolves.toBeNull();
    await expect(openSnapshot(env, target())).resolves.toMatchObject({ version: 0 });
  });

  it('a clone onto itself is refused', async () => {
    await expect(clone(env, await source(), folder())).rejects.toMatchObject({
      errorClass: 'DELTA_UNSUPPORTED_CLONE_REPLACE_SAME_TABLE',
    });
  });
});

describe('a shallow clone', () => {
  it('points into the source, and a deep clone of it is whole again', async () => {
    const file = await append(env, folder(), { values: { day: 'a b%' } });
    const { metrics } = await cloneToTarget({ deep: false });
    expect(metrics).toMatchObject({ sourceNumOfFiles: 1, numCopiedFiles: 0, copiedFilesSize: 0 });
    const shallow = await openSnapshot(env, target());
    expect(shallow.files.map(({ path }) => path)).toEqual([`file:${folder()}/${file.path}`]);

    await clone(env, shallow, folder('deep'));
    const deep = await openSnapshot(env, folder('deep'));
    for (const { path } of deep.files) {
      expect(path).toBe(file.path);
      expect(await readFile(dataFilePath(env, folder('deep'), path))).toEqual(
        await readFile(join(folder(), file.path)),
      );
    }
    await expect(clone(env, shallow, folder('deep'))).resolves.toMatchObject({
      metrics: { numCopiedFiles: 0, numRemovedFiles: 0 },
    });
  });

  it('keeps two files of one name apart when cloned deep, also when one of them goes', async () => {
    const elsewhere = async (name: string, text: string): Promise<AddFile> => {
      await localDisk.write(join(folder(name), 'same.parquet'), Buffer.from(text));
      const path = `file:${folder(name)}/same.parquet`;
      return newFile({ path, partitionValues: {}, size: text.length, modificationTime: 1, stats: null });
    };
    const texts = async () => {
      const { files } = await openSnapshot(env, target());
      const read = await Promise.all(files.map(async ({ path }) => await readFile(join(target(), path), 'utf8')));
      return new Set(read);
    };
    const [one, two] = [await elsewhere('one', 'first'), await elsewhere('two', 'other')];
    await write(env, folder(), { base: await source(), actions: adds(one, two) });
    await cloneToTarget();
    expect(await texts()).toEqual(new Set(['first', 'other']));
    await remove(env, folder(), one);
    await cloneToTarget();
    expect(await texts()).toEqual(new Set(['other']));
  });
});

describe('deletion vectors', () => {
  const uuid = '123e4567-e89b-12d3-a456-426614174000';
  const vectorFile = `ab/deletion_vector_${uuid}.bin`;
  // The folder, then the UUID in Z85.
  const pathOrInlineDv = `ab${encodeZ85(Buffer.from(uuid.replaceAll('-', ''), 'hex'))}`;
  const vector = { storageType: 'u', pathOrInlineDv, sizeInBytes: 4, cardinality: 1 } as const;

  async function deleteRowOf(file: AddFile, offset: number): Promise<void> {
    await localDisk.write(join(folder(), vectorFile), Buffer.from('vectors'));
    const base = await source();
    const [old] = base.files;
    await write(env, folder(), {
      base,
      actions: [
        ...removes(...(old === undefined ? [] : [old])),
        ...adds({ ...file, deletionVector: { ...vector, offset } }),
      ],
      reads: 'table',
    });
  }

  it('travel with a deep clone; a new vector on an old file copies the vector alone', async () => {
    const file = await append(env, folder(), { rows: 5 });
    await cloneToTarget();
    await deleteRowOf(file, 1);
    const storage = watched();
    const { metrics } = await clone({ ...env, storage }, await source(), target());
    expect(storage.copied).toEqual([join(target(), vectorFile)]);
    expect(metrics).toMatchObject({ numRemovedFiles: 1, numCopiedFiles: 1, copiedFilesSize: 0 });

    await deleteRowOf(file, 30);
    await cloneToTarget();
    const copy = await openSnapshot(env, target());
    expect(copy.files.map(fileKey)).toEqual((await source()).files.map(fileKey));
    expect(copy.files[0]?.deletionVector?.offset).toBe(30);
  });

  it('become absolute in a shallow clone, and relative again in a deep clone of that', async () => {
    const file = await append(env, folder());
    await deleteRowOf(file, 1);
    await cloneToTarget({ deep: false });
    const shallow = await openSnapshot(env, target());
    expect(shallow.files[0]?.deletionVector).toMatchObject({
      storageType: 'p',
      pathOrInlineDv: `file:${folder()}/${vectorFile}`,
    });
    await clone(env, shallow, folder('deep'));
    const deep = await openSnapshot(env, folder('deep'));
    expect(deep.files[0]?.deletionVector).toMatchObject({ storageType: 'u' });
    expect(await readFile(join(folder('deep'), `deletion_vector_${uuid}.bin`), 'utf8')).toBe('vectors');
  });

  it('can’t be switched off in the clone of a table that has some', async () => {
    await deleteRowOf(await append(env, folder()), 1);
    await expect(cloneToTarget({ properties: { 'delta.enableDeletionVectors': 'false' } })).rejects.toMatchObject({
      errorClass: 'DELTA_ADDING_DELETION_VECTORS_DISALLOWED',
    });
  });
});

it('a clone of a table with row tracking gives the rows new ids', async () => {
  await setTableProperties(env, { folder: folder(), author, properties: { 'delta.enableRowTracking': 'true' } });
  await remove(env, folder(), await append(env, folder(), { rows: 7 }));
  await write(env, folder(), { base: await source(), actions: adds(await dataFile(env, folder(), { rows: 2 })) });
  await cloneToTarget();
  const { files, domains } = await openSnapshot(env, target());
  expect(files.map(({ baseRowId }) => baseRowId)).toEqual([0]);
  expect(domains.map(({ configuration }) => configuration)).toEqual(['{"rowIdHighWaterMark":1}']);
});
