import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Action, Snapshot } from '../../../src/local/delta/index.js';
import { history, localDisk, openSnapshot, setTableProperties } from '../../../src/local/delta/index.js';
import { adds, append, author, dataFile, newTable, removes, testEnv, useFolder, write } from './support.js';

const folder = useFolder();
const logFile = (version: number, ending = 'json') =>
  join(folder(), '_delta_log', `${String(version).padStart(20, '0')}.${ending}`);

describe('writers at the same time', () => {
  it('never overwrite a commit: twelve appends from one base become twelve versions', async () => {
    const env = testEnv();
    await newTable(env, folder());
    const base = await openSnapshot(env, folder());
    const files = await Promise.all(Array.from({ length: 12 }, () => dataFile(env, folder())));
    const results = await Promise.all(files.map((file) => write(env, folder(), { base, actions: adds(file) })));

    expect(results.map(({ version }) => version).toSorted((a, b) => a - b)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
    ]);
    const after = await openSnapshot(env, folder());
    expect(after.files.map(({ path }) => path)).toEqual(files.map(({ path }) => path).toSorted());
  });

  const conflicts: readonly [
    string,
    string,
    'nothing' | 'table',
    (old: Action[]) => Action[],
    (old: Action[]) => Action[],
  ][] = [
    [
      'an UPDATE after rows it did not see were rewritten',
      'DELTA_CONCURRENT_DELETE_READ',
      'table',
      () => [],
      (old) => old,
    ],
    ['two deletes of one file', 'DELTA_CONCURRENT_DELETE_DELETE', 'nothing', (old) => old, (old) => old],
    [
      'two streams with one checkpoint',
      'DELTA_CONCURRENT_TRANSACTION',
      'nothing',
      () => [{ kind: 'txn', txn: { appId: 'stream', version: 2, lastUpdated: null } }],
      () => [{ kind: 'txn', txn: { appId: 'stream', version: 1, lastUpdated: null } }],
    ],
  ];
  it.each(conflicts)('refuses %s', async (_case, errorClass, reads, ours, theirs) => {
    const env = testEnv();
    await newTable(env, folder());
    const old = removes(await append(env, folder()));
    const base = await openSnapshot(env, folder());
    await write(env, folder(), { base, actions: theirs(old), reads: 'table' });

    const late = write(env, folder(), { base, actions: ours(old), reads });
    await expect(late).rejects.toMatchObject({ errorClass, sqlState: '2D521' });
    await expect(readdir(join(folder(), '_delta_log'))).resolves.toHaveLength(3);
  });

  it('refuses any change computed before the metadata changed', async () => {
    const env = testEnv();
    await newTable(env, folder());
    const base = await openSnapshot(env, folder());
    await setTableProperties(env, { folder: folder(), author, properties: { k: 'v' } });
    const late = write(env, folder(), { base, actions: adds(await dataFile(env, folder())) });
    await expect(late).rejects.toMatchObject({ errorClass: 'DELTA_METADATA_CHANGED', sqlState: '2D521' });
  });

  it('lets an UPDATE pass a blind append under WriteSerializable, and not under Serializable', async () => {
    const env = testEnv();
    await newTable(env, folder('relaxed'));
    await newTable(env, folder('strict'), { 'delta.isolationLevel': 'Serializable' });
    const update = async (table: string) => {
      const base = await openSnapshot(env, table);
      await append(env, table);
      return await write(env, table, { base, actions: adds(await dataFile(env, table)), reads: 'table' });
    };
    await expect(update(folder('relaxed'))).resolves.toMatchObject({ version: 2 });
    await expect(update(folder('strict'))).rejects.toMatchObject({ errorClass: 'DELTA_CONCURRENT_APPEND' });
  });

  it('writes nothing once the statement was cancelled', async () => {
    const env = testEnv();
    await newTable(env, folder());
    const base = await openSnapshot(env, folder());
    const late = write(env, folder(), { base, actions: [], signal: AbortSignal.abort(new Error('cancelled')) });
    await expect(late).rejects.toThrow('cancelled');
    await expect(openSnapshot(env, folder())).resolves.toMatchObject({ version: 0 });
  });

  it('does not continue the log of a table that was dropped meanwhile', async () => {
    const env = testEnv();
    await newTable(env, folder());
    const base = await openSnapshot(env, folder());
    await rm(folder(), { recursive: true });
    await expect(write(env, folder(), { base, actions: [] })).rejects.toMatchObject({
      errorClass: 'DELTA_PATH_DOES_NOT_EXIST',
    });
  });
});

it('keeps rows of an append-only table', async () => {
  const env = testEnv();
  await newTable(env, folder(), { 'delta.appendOnly': 'true' });
  const file = await append(env, folder());
  const base = await openSnapshot(env, folder());
  const late = write(env, folder(), { base, actions: removes(file), reads: 'table' });
  await expect(late).rejects.toMatchObject({ errorClass: 'DELTA_CANNOT_MODIFY_APPEND_ONLY' });
});

describe('commit information', () => {
  it('leads the commit and carries the job, the statement and the principal', async () => {
    const env = testEnv();
    await newTable(env, folder());
    const job = { jobId: '7', jobName: 'etl', jobRunId: '8', runId: '9', jobOwnerId: '1', triggerType: 'periodic' };
    await write(env, folder(), {
      base: await openSnapshot(env, folder()),
      actions: adds(await dataFile(env, folder())),
      author: { userName: 'sender', attribution: job, statementId: 'statement-1' },
      operationParameters: { mode: 'Append', depth: 3 },
      operationMetrics: { numFiles: 1 },
    });

    const [firstLine] = (await readFile(logFile(1), 'utf8')).split('\n');
    expect(Object.keys(JSON.parse(firstLine ?? ''))).toEqual(['commitInfo']);
    const [entry] = await history(env, folder());
    expect(entry).toMatchObject({
      version: 1,
      timestamp: env.clock.now() + 1,
      userName: 'sender',
      operation: 'WRITE',
      operationParameters: { mode: 'Append', depth: '3' },
      operationMetrics: { numFiles: '1' },
      job,
      queryHistoryStatementId: 'statement-1',
      readVersion: 0,
      isBlindAppend: true,
      isolationLevel: 'WriteSerializable',
    });
  });

  it('puts the time of the storage on the log file, whose clock may run ahead of the engine', async () => {
    const env = testEnv();
    const storageClock = { now: () => env.clock.now() + 5000 };
    await newTable({ ...env, storageClock }, folder());
    expect((await openSnapshot(env, folder())).timestamp).toBe(env.clock.now() + 5000);
    expect(Math.floor((await stat(logFile(0))).mtimeMs)).toBe(env.clock.now() + 5000);
  });

  it('numbers times strictly upwards where the storage clock falls back', async () => {
    const env = testEnv();
    let skewMs = 0;
    const skewed = { ...env, storageClock: { now: () => env.clock.now() + skewMs } };
    await newTable(skewed, folder());
    skewMs = -60_000;
    await append(skewed, folder());
    await append(skewed, folder());
    const times = (await history(env, folder())).map(({ timestamp }) => timestamp - env.clock.now());
    expect(times).toEqual([2, 1, 0]);
  });

  it('takes its own in-commit timestamp for the time, from the version that enabled it', async () => {
    const env = testEnv();
    await newTable(env, folder());
    await setTableProperties(env, {
      folder: folder(),
      author,
      properties: { 'delta.enableInCommitTimestamps': 'true' },
    });
    await append(env, folder());
    const skewed = { ...env, storageClock: { now: () => 1_000_000_000_000 } };
    await append(skewed, folder());

    const { timestamp, protocol, metadata } = await openSnapshot(env, folder());
    expect(timestamp - env.clock.now()).toBe(3);
    expect(protocol.writerFeatures).toContain('inCommitTimestamp');
    expect(metadata.configuration).toMatchObject({
      'delta.inCommitTimestampEnablementVersion': '1',
      'delta.inCommitTimestampEnablementTimestamp': String(env.clock.now() + 1),
    });
  });
});

it('gives rows of a row-tracking table ids that never repeat, rebased appends included', async () => {
  const env = testEnv();
  await newTable(env, folder(), { 'delta.enableRowTracking': 'true' });
  const base = await openSnapshot(env, folder());
  for (const rows of [3, 4]) {
    await write(env, folder(), { base, actions: adds(await dataFile(env, folder(), { rows })) });
  }
  const { files, domains } = await openSnapshot(env, folder());
  const ids = files.map(({ baseRowId, defaultRowCommitVersion }) => [defaultRowCommitVersion, baseRowId]).toSorted();
  expect(ids).toEqual([
    [1, 0],
    [2, 3],
  ]);
  expect(domains).toEqual([{ domain: 'delta.rowTracking', configuration: '{"rowIdHighWaterMark":6}', removed: false }]);
});

describe('checkpoints', () => {
  it('are written at the table’s interval and hold all that the commits before them said', async () => {
    const env = testEnv();
    await newTable(env, folder(), { 'delta.checkpointInterval': '3' });
    await write(env, folder(), {
      base: await openSnapshot(env, folder()),
      actions: [
        ...adds(
          await dataFile(env, folder(), { values: { day: 'a b' } }),
          await dataFile(env, folder(), { values: { day: null } }),
        ),
        { kind: 'txn', txn: { appId: 'stream', version: 5, lastUpdated: 17 } },
        { kind: 'domainMetadata', domainMetadata: { domain: 'my.domain', configuration: '{"a":1}', removed: false } },
      ],
    });
    const removed = await append(env, folder());
    await write(env, folder(), { base: await openSnapshot(env, folder()), actions: removes(removed), reads: 'table' });
    const fromCommits = await openSnapshot(
      {
        ...env,
        storage: {
          ...localDisk,
          list: async (at) => ((await localDisk.list(at)) ?? []).filter((f) => !f.path.includes('checkpoint')),
        },
      },
      folder(),
    );
    expect(await localDisk.stat(logFile(3, 'checkpoint.parquet'))).not.toBeNull();

    for (const version of [0, 1, 2]) await rm(logFile(version));
    const fromCheckpoint = await openSnapshot(env, folder());
    const { files, tombstones } = fromCheckpoint;
    expect(withoutFiles(fromCheckpoint)).toEqual(withoutFiles(fromCommits));
    expect(files).toEqual(fromCommits.files.map((file) => ({ ...file, dataChange: false })));
    expect(tombstones).toEqual(fromCommits.tombstones.map((file) => ({ ...file, dataChange: false })));
  });

  it('that can’t be written are reported and do not undo the commit', async () => {
    const failing = { ...localDisk, write: () => Promise.reject(new Error('disk full')) };
    const env = testEnv({ storage: failing });
    await newTable(env, folder(), { 'delta.checkpointInterval': '1' });
    const base = await openSnapshot(env, folder());
    const result = await write(env, folder(), { base, actions: adds(await dataFile(env, folder())) });
    expect(result).toMatchObject({ version: 1, checkpointError: { message: 'disk full' } });
    expect((await openSnapshot(env, folder())).files).toHaveLength(1);
  });
});

/** The time is left out as well: it is counted up from the oldest commit that is left. */
function withoutFiles(snapshot: Snapshot) {
  const { files: _files, tombstones: _tombstones, timestamp: _timestamp, ...rest } = snapshot;
  return rest;
}
