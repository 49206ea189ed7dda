import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, it } from 'vitest';
import { openSnapshot, writeCheckpoint } from '../../../src/local/delta/index.js';
import { append, newTable, remove, testEnv, useFolder, write } from './support.js';

const folder = useFolder();

async function query(sql: string): Promise<readonly unknown[]> {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

it('another engine (DuckDB) reads the checkpoint: types, nulls, encoded paths, maps and lists', async () => {
  const env = testEnv();
  await newTable(env, folder(), { k: 'v' }, ['day']);
  const file = await append(env, folder(), { values: { day: 'a b' }, bytes: 33 });
  const gone = await append(env, folder(), { values: { day: null } });
  await remove(env, folder(), gone);
  const txn = { appId: 'stream', version: 2 ** 40, lastUpdated: null };
  await write(env, folder(), { base: await openSnapshot(env, folder()), actions: [{ kind: 'txn', txn }] });
  await writeCheckpoint(env, await openSnapshot(env, folder()));

  const checkpoint = join(folder(), '_delta_log', '00000000000000000004.checkpoint.parquet');
  const found = await query(`
    SELECT "add".path, "add".partitionValues['day'], "add".size, "add".dataChange, "add".tags, "add".stats
      FROM '${checkpoint}' WHERE "add" IS NOT NULL`);
  expect(found).toEqual([[file.path.replace(' ', '%20'), 'a b', '33', false, null, '{"numRecords":1}']]);
  const rest = await query(`
    SELECT max(remove.path), max(remove.deletionTimestamp), max(txn.version), max(metaData.configuration['k']),
           max(metaData.partitionColumns), max(protocol.minWriterVersion), count(protocol.readerFeatures), count(*)
      FROM '${checkpoint}'`);
  expect(rest).toEqual([[gone.path, String(env.clock.now()), String(2 ** 40), 'v', ['day'], 2, '0', '5']]);
});
