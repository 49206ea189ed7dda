import { SqlError } from '../sql/statement.js';
import type { AddFile, DeletionVector } from './actions.js';
import { deletionVectorPath } from './deletion-vector-path.js';
import type { DeltaEnv } from './env.js';
import { dataFilePath } from './paths.js';
import { readRoaring64 } from './roaring.js';
import { decodeZ85 } from './z85.js';

/**
 * Which rows of a data file count as deleted.
 *
 * @param folder  the table's folder
 * @returns 0-based row indexes, ascending; empty for a file without deletion vector
 */
export async function deletedRows(env: DeltaEnv, folder: string, file: AddFile): Promise<readonly number[]> {
  if (file.deletionVector === null) return [];
  const rows = readRoaring64(await bytesOf(env, folder, file.deletionVector));
  if (rows.length !== file.deletionVector.cardinality) {
    throw corrupt(
      'CARDINALITY',
      file.path,
      `it holds ${rows.length} rows, the log says ${file.deletionVector.cardinality}`,
    );
  }
  return rows;
}

/** In a file each vector has its size before it and a checksum behind it, both big-endian. */
async function bytesOf(env: DeltaEnv, folder: string, vector: DeletionVector): Promise<Buffer> {
  const path = deletionVectorPath(vector);
  if (path === null) return decodeZ85(vector.pathOrInlineDv).subarray(0, vector.sizeInBytes);
  const start = vector.offset ?? 1;
  const block = await env.storage.read(dataFilePath(env, folder, path), { start, length: vector.sizeInBytes + 8 });
  if (block.length < vector.sizeInBytes + 8) throw corrupt('SIZE', path, 'it is cut short');
  if (block.readInt32BE(0) !== vector.sizeInBytes) throw corrupt('SIZE', path, 'its size is not the one in the log');
  const data = block.subarray(4, 4 + vector.sizeInBytes);
  if (block.readUInt32BE(4 + vector.sizeInBytes) !== crc32(data))
    throw corrupt('CHECKSUM', path, 'its checksum does not match');
  return data;
}

/** CRC-32 as zlib has it; `node:zlib` itself offers it only from Node 20.15 on. */
function crc32(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

const corrupt = (what: 'CARDINALITY' | 'SIZE' | 'CHECKSUM', path: string, why: string) =>
  new SqlError(`DELTA_DELETION_VECTOR_${what}_MISMATCH`, 'XXKDS', `The deletion vector of ${path} is corrupt: ${why}.`);
