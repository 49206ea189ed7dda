import { SqlError } from '../sql/statement.js';

/**
 * Reader of 64-bit Roaring bitmaps in the portable format, as deletion vectors hold them (PROTOCOL.md, "Deletion Vector
 * Format"; github.com/RoaringBitmap/RoaringFormatSpec). All numbers are little-endian.
 */

const portable64Magic = 1681511377;
const cookieWithoutRuns = 12346;
const cookieWithRuns = 12347;
/** With runs, containers below this number have no offset header. */
const noOffsetThreshold = 4;
const arrayMaxCardinality = 4096;
const bitsetBytes = 8192;

/** @returns the members, ascending. Throws SqlError where the data is cut short or of another format. */
export function readRoaring64(data: Buffer): number[] {
  try {
    if (data.readInt32LE(0) !== portable64Magic) throw malformed(`magic number ${data.readInt32LE(0)} is not known`);
    const count = Number(data.readBigUInt64LE(4));
    const members: number[] = [];
    let at = 12;
    for (let bitmap = 0; bitmap < count; bitmap += 1) {
      const high = data.readUInt32LE(at) * 2 ** 32;
      at = readRoaring32(data, at + 4, (low) => members.push(high + low));
    }
    return members;
  } catch (cause) {
    if (cause instanceof RangeError) throw malformed('it is cut short', cause);
    throw cause;
  }
}

/** @returns the position after the bitmap */
function readRoaring32(data: Buffer, start: number, emit: (member: number) => void): number {
  const cookie = data.readUInt32LE(start);
  const hasRuns = (cookie & 0xffff) === cookieWithRuns;
  if (!hasRuns && cookie !== cookieWithoutRuns) throw malformed(`cookie ${cookie} is not known`);
  const size = hasRuns ? (cookie >>> 16) + 1 : data.readUInt32LE(start + 4);
  const runFlags = start + 4;
  const header = hasRuns ? runFlags + Math.ceil(size / 8) : start + 8;
  const isRun = (index: number) => hasRuns && (data.readUInt8(runFlags + (index >> 3)) & (1 << (index & 7))) !== 0;

  const hasOffsets = !hasRuns || size >= noOffsetThreshold;
  let at = header + 4 * size + (hasOffsets ? 4 * size : 0);
  for (let index = 0; index < size; index += 1) {
    const key = data.readUInt16LE(header + 4 * index) * 2 ** 16;
    const cardinality = data.readUInt16LE(header + 4 * index + 2) + 1;
    const read = isRun(index) ? readRuns : cardinality <= arrayMaxCardinality ? readArray : readBitset;
    at = read(data, at, cardinality, (low) => emit(key + low));
  }
  return at;
}

type ContainerReader = (data: Buffer, at: number, cardinality: number, emit: (low: number) => void) => number;

const readRuns: ContainerReader = (data, at, _cardinality, emit) => {
  const runs = data.readUInt16LE(at);
  for (let run = 0; run < runs; run += 1) {
    const first = data.readUInt16LE(at + 2 + 4 * run);
    const more = data.readUInt16LE(at + 4 + 4 * run);
    for (let low = first; low <= first + more; low += 1) emit(low);
  }
  return at + 2 + 4 * runs;
};

const readArray: ContainerReader = (data, at, cardinality, emit) => {
  for (let index = 0; index < cardinality; index += 1) emit(data.readUInt16LE(at + 2 * index));
  return at + 2 * cardinality;
};

const readBitset: ContainerReader = (data, at, _cardinality, emit) => {
  for (let byte = 0; byte < bitsetBytes; byte += 1) {
    const bits = data.readUInt8(at + byte);
    for (let bit = 0; bit < 8; bit += 1) if ((bits & (1 << bit)) !== 0) emit(byte * 8 + bit);
  }
  return at + bitsetBytes;
};

const malformed = (why: string, cause?: unknown) =>
  new SqlError('DELTA_DELETION_VECTOR_MALFORMED', 'XXKDS', `A deletion vector can't be read: ${why}.`, { cause });
