import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  cleanUpLog,
  dataFilePath,
  history,
  openSnapshot,
  setTableProperties,
  writeCheckpoint,
} from '../../../src/local/delta/index.js';
import type { TestEnv } from './support.js';
import { append, author, dayMs, newTable, testEnv, useFolder } from './support.js';

const folder = useFolder();
let env: TestEnv;
beforeEach(() => {
  env = testEnv();
});

/** Version 0 now, each further version a day later. */
async function tableOfDays(days: number, properties: Readonly<Record<string, string>> = {}): Promise<number> {
  const start = env.clock.now();
  await newTable(env, folder(), properties);
  for (let day = 1; day <= days; day += 1) {
    env.clock.advance(dayMs);
    await append(env, folder());
  }
  return start;
}

describe('time travel', () => {
  it('reads each version as it was', async () => {
    await tableOfDays(3);
    for (const version of [0, 1, 2, 3]) {
      const snapshot = await openSnapshot(env, folder(), { version });
      expect([snapshot.version, snapshot.files.length]).toEqual([version, version]);
    }
  });

  it('takes the last version at or before a timestamp, and refuses times outside the history', async () => {
    const start = await tableOfDays(2);
    const at = async (timestampMs: number) => (await openSnapshot(env, folder(), { timestampMs })).version;
    await expect(at(start)).resolves.toBe(0);
    await expect(at(start + dayMs - 1)).resolves.toBe(0);
    await expect(at(start + dayMs)).resolves.toBe(1);
    await expect(at(start - 1)).rejects.toMatchObject({ errorClass: 'DELTA_TIMESTAMP_EARLIER_THAN_COMMIT_RETENTION' });
    await expect(at(start + 3 * dayMs)).rejects.toMatchObject({ errorClass: 'DELTA_TIMESTAMP_GREATER_THAN_COMMIT' });
  });

  it('names the versions that exist when asked for another', async () => {
    await tableOfDays(2);
    await expect(openSnapshot(env, folder(), { version: 99 })).rejects.toMatchObject({
      errorClass: 'DELTA_VERSION_NOT_FOUND',
      sqlState: '22003',
      message: expect.stringContaining('version 99. Available versions: [0, 2].'),
    });
  });

  it('refuses a version older than seven days the moment a newer one exists, though its files are still there', async () => {
    await newTable(env, folder());
    env.clock.advance(8 * dayMs);
    await expect(openSnapshot(env, folder(), { version: 0 })).resolves.toMatchObject({ version: 0 });
    await append(env, folder());
    await expect(openSnapshot(env, folder(), { version: 0 })).rejects.toMatchObject({
      errorClass: 'DELTA_UNSUPPORTED_TIME_TRAVEL_BEYOND_DELETED_FILE_RETENTION_DURATION',
      sqlState: '0AKDC',
      message: expect.stringContaining('(168 HOURS)'),
    });
  });

  it('lifts that block as soon as the table’s retention is raised', async () => {
    await tableOfDays(9);
    await expect(openSnapshot(env, folder(), { version: 1 })).rejects.toThrow('BEYOND_DELETED_FILE_RETENTION');
    const properties = { 'delta.deletedFileRetentionDuration': 'interval 20 days' };
    await setTableProperties(env, { folder: folder(), author, properties });
    await expect(openSnapshot(env, folder(), { version: 1 })).resolves.toMatchObject({ version: 1 });
  });
});

describe('a damaged log', () => {
  it('does not mislead through a wrong or unreadable _last_checkpoint', async () => {
    await tableOfDays(3);
    await writeCheckpoint(env, await openSnapshot(env, folder(), { version: 2 }));
    for (const hint of ['{"version":99,"size":1}', '{"version":', '']) {
      await writeFile(join(folder(), '_delta_log', '_last_checkpoint'), hint);
      await expect(openSnapshot(env, folder())).resolves.toMatchObject({ version: 3 });
    }
  });

  it('is refused with the name of the file that can’t be read', async () => {
    await tableOfDays(1);
    await writeFile(join(folder(), '_delta_log', '00000000000000000001.json'), '{"add":{"path":"x"');
    await expect(openSnapshot(env, folder())).rejects.toThrow('00000000000000000001.json');
    await writeFile(join(folder(), '_delta_log', '00000000000000000001.json'), '{"add":{"path":"x"}}');
    await expect(openSnapshot(env, folder())).rejects.toMatchObject({ errorClass: 'DELTA_LOG_FILE_MALFORMED' });
  });

  it('is refused when its beginning is missing', async () => {
    await tableOfDays(2);
    await rm(join(folder(), '_delta_log', '00000000000000000000.json'));
    await expect(openSnapshot(env, folder())).rejects.toMatchObject({ errorClass: 'DELTA_TRUNCATED_TRANSACTION_LOG' });
  });

  it('is refused when a file of it leads out of the table’s folder', async () => {
    await tableOfDays(1);
    const line = '{"add":{"path":"../../secret","partitionValues":{},"size":1,"modificationTime":1,"dataChange":true}}';
    await writeFile(join(folder(), '_delta_log', '00000000000000000001.json'), line);
    const [file] = (await openSnapshot(env, folder())).files;
    expect(() => dataFilePath(env, folder(), file?.path ?? '')).toThrow('leads out of');
  });
});

it('refuses a table that asks for an unknown feature', async () => {
  const unknown = newTable(env, folder(), { 'delta.feature.catalogManaged': 'supported' });
  await expect(unknown).rejects.toMatchObject({ errorClass: 'DELTA_UNSUPPORTED_FEATURES_FOR_WRITE' });
  await newTable(env, folder('other'));
  const line =
    '{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["variantType"],"writerFeatures":["variantType"]}}';
  await writeFile(join(folder('other'), '_delta_log', '00000000000000000001.json'), line);
  await expect(openSnapshot(env, folder('other'))).rejects.toMatchObject({
    errorClass: 'DELTA_UNSUPPORTED_FEATURES_FOR_READ',
    message: expect.stringContaining('variantType'),
  });
});

describe('log cleanup', () => {
  it('drops only commits that a checkpoint older than the retention covers; newer versions stay readable', async () => {
    await tableOfDays(8, { 'delta.logRetentionDuration': 'interval 7 days', 'delta.checkpointInterval': '3' });
    expect(await cleanUpLog(env, folder())).toEqual([]);
    env.clock.advance(4 * dayMs);
    expect(await cleanUpLog(env, folder())).toEqual(
      [0, 1, 2].map((version) => `${String(version).padStart(20, '0')}.json`),
    );

    expect((await history(env, folder())).map(({ version }) => version)).toEqual([8, 7, 6, 5, 4, 3]);
    const old = await openSnapshot(env, folder(), { version: 4, checkRetention: false });
    expect(old.files).toHaveLength(4);
    await expect(openSnapshot(env, folder(), { version: 2 })).rejects.toThrow('Available versions: [3, 8]');
  });

  it('runs by itself at the checkpoint of a commit', async () => {
    await tableOfDays(3, { 'delta.checkpointInterval': '3' });
    env.clock.advance(40 * dayMs);
    for (const _version of [4, 5, 6]) await append(env, folder());
    const log = await readdir(join(folder(), '_delta_log'));
    expect(
      log
        .filter((name) => /^\d+\.json$/.test(name))
        .map((name) => Number.parseInt(name, 10))
        .toSorted(),
    ).toEqual([3, 4, 5, 6]);
  });
});
