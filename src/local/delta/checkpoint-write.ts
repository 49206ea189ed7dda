import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { formatAction } from './action-json.js';
import type { Action } from './actions.js';
import { checkpointColumns, checkpointSchema } from './checkpoint-schema.js';
import type { DeltaEnv } from './env.js';
import { checkpointFileName } from './log-files.js';
import { logFolder } from './paths.js';
import { deletedFileRetentionMs } from './properties.js';
import type { Snapshot } from './snapshot.js';

/** Writes the classic parquet checkpoint of a version, and `_last_checkpoint` after it. Replaces one that is there. */
export async function writeCheckpoint(env: DeltaEnv, snapshot: Snapshot): Promise<void> {
  const rows = checkpointActions(snapshot, env.clock.now()).map(formatAction);
  const content = new Uint8Array(
    parquetWriteBuffer({
      schema: checkpointSchema,
      columnData: checkpointColumns.map((name) => ({ name, data: rows.map((row) => forParquet(row[name])) })),
      createdBy: 'lakehouse-dr-local',
    }),
  );
  await env.storage.write(join(logFolder(snapshot.folder), checkpointFileName(snapshot.version)), content);
  const hint = {
    version: snapshot.version,
    size: rows.length,
    sizeInBytes: content.byteLength,
    numOfAddFiles: snapshot.files.length,
  };
  await env.storage.write(join(logFolder(snapshot.folder), '_last_checkpoint'), Buffer.from(JSON.stringify(hint)));
}

/** Everything that a reader needs to go on from this version; tombstones only while their files may still be there. */
function checkpointActions(snapshot: Snapshot, nowMs: number): readonly Action[] {
  const oldestTombstone = nowMs - deletedFileRetentionMs(snapshot.metadata);
  return [
    { kind: 'protocol', protocol: snapshot.protocol },
    { kind: 'metaData', metaData: snapshot.metadata },
    ...snapshot.transactions.map((txn): Action => ({ kind: 'txn', txn })),
    ...snapshot.domains.map((domainMetadata): Action => ({ kind: 'domainMetadata', domainMetadata })),
    ...snapshot.tombstones
      .filter((remove) => remove.deletionTimestamp >= oldestTombstone)
      .map((remove): Action => ({ kind: 'remove', remove: { ...remove, dataChange: false } })),
    ...snapshot.files.map((add): Action => ({ kind: 'add', add: { ...add, dataChange: false } })),
  ];
}

/** Field names whose parquet type is a 32-bit integer; all other integers of the log are 64-bit. */
const ints = new Set(['offset', 'sizeInBytes', 'minReaderVersion', 'minWriterVersion']);

/** The writer wants 64-bit integers as bigint. Maps and structs come as plain objects, lists as arrays. */
function forParquet(value: unknown, name = ''): unknown {
  if (typeof value === 'number') return ints.has(name) ? value : BigInt(Math.trunc(value));
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, forParquet(one, key)]));
}
