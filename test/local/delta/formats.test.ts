import { describe, expect, it } from 'vitest';
import { newDataFilePath, parseType, typeText } from '../../../src/local/delta/index.js';
import { intervalMs } from '../../../src/local/delta/intervals.js';
import { decodePath, encodePath } from '../../../src/local/delta/paths.js';
import { readRoaring64 } from '../../../src/local/delta/roaring.js';
import { decodeZ85, encodeZ85 } from '../../../src/local/delta/z85.js';

describe('roaring bitmaps of deletion vectors', () => {
  const u16 = (...values: number[]) => Buffer.from(Uint16Array.from(values).buffer);
  const u32 = (...values: number[]) => Buffer.from(Uint32Array.from(values).buffer);
  const u64 = (value: number) => Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
  const magic = u32(1681511377);

  const bitset = (members: readonly number[]): Buffer => {
    const bits = Buffer.alloc(8192);
    for (const member of members) bits[member >> 3] = (bits[member >> 3] ?? 0) | (1 << (member & 7));
    return bits;
  };
  const even = Array.from({ length: 5000 }, (_, index) => 2 * index);

  it('reads array and bitset containers, of several keys and high halves', () => {
    const first = Buffer.concat([u32(12346, 2), u16(0, 2, 3, 4999), u32(0, 0), u16(1, 5, 65535), bitset(even)]);
    const second = Buffer.concat([u32(12346, 1), u16(0, 0), u32(0), u16(7)]);
    const data = Buffer.concat([magic, u64(2), u32(0), first, u32(1), second]);
    expect(readRoaring64(data)).toEqual([1, 5, 65535, ...even.map((member) => 3 * 65536 + member), 2 ** 32 + 7]);
  });

  it('reads run containers with and without the offset header, mixed with arrays', () => {
    // Container 0 is made of runs, container 1 is an array; below four containers there are no offsets.
    const few = Buffer.concat([
      u32(12347 + (1 << 16)),
      Buffer.of(0b01),
      u16(0, 4, 1, 1),
      u16(2, 10, 2, 100, 1),
      u16(3, 9),
    ]);
    expect(readRoaring64(Buffer.concat([magic, u64(1), u32(0), few]))).toEqual([
      10,
      11,
      12,
      100,
      101,
      65536 + 3,
      65536 + 9,
    ]);

    const containers = [0, 1, 2, 3].map((key) => u16(1, key, 0));
    const many = Buffer.concat([
      u32(12347 + (3 << 16)),
      Buffer.of(0b1111),
      u16(0, 0, 1, 0, 2, 0, 3, 0),
      u32(0, 0, 0, 0),
      ...containers,
    ]);
    expect(readRoaring64(Buffer.concat([magic, u64(1), u32(0), many]))).toEqual([0, 65537, 131074, 196611]);
  });

  it('refuses data that is cut short or of another format', () => {
    const whole = Buffer.concat([magic, u64(1), u32(0), u32(12346, 1), u16(0, 2), u32(0), u16(1, 5, 6)]);
    expect(readRoaring64(whole)).toEqual([1, 5, 6]);
    for (const length of [3, 11, 15, 20, whole.length - 1]) {
      expect(() => readRoaring64(whole.subarray(0, length))).toThrow('DELTA_DELETION_VECTOR_MALFORMED');
    }
    expect(() => readRoaring64(Buffer.concat([u32(1), u64(0)]))).toThrow('magic number 1');
  });
});

it('Z85 is that of its specification, both ways', () => {
  const bytes = Buffer.of(0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b);
  expect(encodeZ85(bytes)).toBe('HelloWorld');
  expect(decodeZ85('HelloWorld')).toEqual(bytes);
  expect(() => decodeZ85('Hell"')).toThrow('no Z85');
  expect(() => decodeZ85('abcd')).toThrow('no Z85');
});

describe('SQL text of types', () => {
  it.each([
    ['BIGINT', 'bigint'],
    ['decimal(10, 2)', 'decimal(10,2)'],
    ['DECIMAL', 'decimal(10,0)'],
    ['Array<Map<STRING, array<int>>>', 'array<map<string,array<int>>>'],
    ['STRUCT<a: INT, `b c`: STRUCT<d TIMESTAMP_NTZ>>', 'struct<a:int,b c:struct<d:timestamp_ntz>>'],
    ['tinyint', 'tinyint'],
  ])('%s is read, and shown as %s', (text, shown) => {
    expect(typeText(parseType(text))).toBe(shown);
  });

  it('keeps comments and NOT NULL of struct fields', () => {
    expect(parseType("struct<a: int not null comment 'it''s'>")).toEqual({
      type: 'struct',
      fields: [{ name: 'a', type: 'integer', nullable: false, metadata: { comment: "it's" } }],
    });
  });

  it.each(['UUID', 'array<int', 'int int', 'decimal(x)', ''])('refuses %j', (text) => {
    expect(() => parseType(text)).toThrow('UNSUPPORTED_DATATYPE');
  });
});

describe('intervals', () => {
  it.each([
    ['interval 7 days', 604_800_000],
    ['INTERVAL 1 WEEK', 604_800_000],
    ['168 hours', 604_800_000],
    ['interval 1 day 12 hours', 129_600_000],
    ['interval 0 seconds', 0],
  ])('%s', (text, ms) => {
    expect(intervalMs('delta.logRetentionDuration', text)).toBe(ms);
  });

  it.each(['interval 1 month', 'interval -1 days', '7', 'days', 'interval 7 days and'])('refuses %j', (text) => {
    expect(() => intervalMs('delta.logRetentionDuration', text)).toThrow('delta.logRetentionDuration');
  });
});

describe('paths', () => {
  it.each(['a b%/ü?#[x]+=.parquet', 'day=2024-01-01/x', 'special p@#h', '100%'])('%s survives the log', (path) => {
    expect(decodePath(encodePath(path))).toBe(path);
    expect(encodePath(path)).toMatch(/^[\x21-\x7e]*$/);
  });

  it('of new files show the partition as Hive does', () => {
    const path = newDataFilePath(['a', 'b', 'c'], { a: 'x/y=1', b: null, c: 'ü ' });
    expect(path).toMatch(
      /^a=x%2Fy%3D1\/b=__HIVE_DEFAULT_PARTITION__\/c=ü \/part-00000-[0-9a-f-]{36}-c000\.snappy\.parquet$/,
    );
  });
});
