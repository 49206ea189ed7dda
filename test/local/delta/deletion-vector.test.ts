import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import type { DeletionVector } from '../../../src/local/delta/index.js';
import { deletedRows, localDisk, newFile } from '../../../src/local/delta/index.js';
import { encodeZ85 } from '../../../src/local/delta/z85.js';
import { testEnv, useFolder } from './support.js';

const folder = useFolder();
const uuid = '0f0e0d0c-0b0a-4908-8706-050403020100';

/** One portable 64-bit bitmap with the rows 1, 5 and 6. */
const bitmap = Buffer.from(
  'd1d33964' + '0100000000000000' + '00000000' + '3a30000001000000' + '00000200' + '10000000' + '010005000600',
  'hex',
);

/** Two vectors in one file: filler first, then the bitmap at offset 9. */
function vectorFile(): Buffer {
  const framed = (data: Buffer, crc32: number) => {
    const [size, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
    size.writeInt32BE(data.length);
    checksum.writeUInt32BE(crc32);
    return Buffer.concat([size, data, checksum]);
  };
  return Buffer.concat([Buffer.of(1), framed(Buffer.alloc(0), 0), framed(bitmap, 0x54d85126)]);
}

const relative: DeletionVector = {
  storageType: 'u',
  pathOrInlineDv: encodeZ85(Buffer.from(uuid.replaceAll('-', ''), 'hex')),
  offset: 9,
  sizeInBytes: bitmap.length,
  cardinality: 3,
};
const path = () => join(folder(), `deletion_vector_${uuid}.bin`);

const rowsOf = async (deletionVector: DeletionVector | null) => {
  const file = newFile({ path: 'f', partitionValues: {}, size: 1, modificationTime: 1, stats: null, deletionVector });
  return await deletedRows(testEnv(), folder(), file);
};

beforeEach(async () => {
  await localDisk.write(path(), vectorFile());
});

it('reads vectors beside the table, at an absolute path and inline alike', async () => {
  expect(await rowsOf(null)).toEqual([]);
  expect(await rowsOf(relative)).toEqual([1, 5, 6]);
  expect(await rowsOf({ ...relative, storageType: 'p', pathOrInlineDv: `file:${path()}` })).toEqual([1, 5, 6]);
  const padded = Buffer.concat([bitmap, Buffer.alloc((4 - (bitmap.length % 4)) % 4)]);
  const inline = { ...relative, storageType: 'i', pathOrInlineDv: encodeZ85(padded), offset: null } as const;
  expect(await rowsOf(inline)).toEqual([1, 5, 6]);
});

it('refuses a vector that is damaged or not the one that the log means, instead of showing deleted rows', async () => {
  await expect(rowsOf({ ...relative, cardinality: 2 })).rejects.toMatchObject({
    errorClass: 'DELTA_DELETION_VECTOR_CARDINALITY_MISMATCH',
  });
  await expect(rowsOf({ ...relative, offset: 1 })).rejects.toMatchObject({
    errorClass: 'DELTA_DELETION_VECTOR_SIZE_MISMATCH',
  });
  const damaged = vectorFile();
  damaged.writeUInt8(7, 9 + 4 + bitmap.length - 2);
  await localDisk.write(path(), damaged);
  await expect(rowsOf(relative)).rejects.toMatchObject({ errorClass: 'DELTA_DELETION_VECTOR_CHECKSUM_MISMATCH' });
  await localDisk.write(path(), vectorFile().subarray(0, 20));
  await expect(rowsOf(relative)).rejects.toMatchObject({ errorClass: 'DELTA_DELETION_VECTOR_SIZE_MISMATCH' });
});
