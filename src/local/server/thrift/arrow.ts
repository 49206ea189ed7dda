/** Results as Arrow IPC, written exactly: no detour over doubles or milliseconds. */
import type { StatementResult } from '../../sql/statement.js';
import type { SparkType } from '../spark-type.js';
import { parseSparkType } from '../spark-type.js';
import { entriesOf, memberOf, valueText } from '../values.js';
import type { Data, RecordBatch, Schema } from './arrow-library.js';
import { arrow } from './arrow-library.js';
import type { NativeTypes } from './arrow-types.js';
import { arrowSchema, entriesType, listType, mapType, sentType, structType, timestampType } from './arrow-types.js';

/** An IPC stream ends with a continuation mark and a zero; drivers are given the messages without it. */
const endOfStreamBytes = 8;
const dayMs = 24 * 3_600_000;

interface EncodedSchema {
  readonly schema: Schema;
  readonly message: Buffer;
}

/** Encoding a schema costs more than the few rows of most answers, and few statements of different columns are asked. */
const encodedSchemas = new Map<string, EncodedSchema>();
const keptSchemas = 200;

function encodedSchema(columns: StatementResult['columns'], native: NativeTypes): EncodedSchema {
  const key = JSON.stringify([columns, native]);
  const known = encodedSchemas.get(key);
  if (known) return known;
  const schema = arrowSchema(columns, native);
  const encoded = { schema, message: withoutEnd(streamOf(schema, [])) };
  if (encodedSchemas.size >= keptSchemas) encodedSchemas.clear();
  encodedSchemas.set(key, encoded);
  return encoded;
}

/** The schema message, which drivers put before each batch. */
export const schemaMessage = (columns: StatementResult['columns'], native: NativeTypes): Buffer =>
  encodedSchema(columns, native).message;

/** Rows `from` (inclusive) to `to` (exclusive) as one record batch message. */
export function batchMessage(result: StatementResult, from: number, to: number, native: NativeTypes): Buffer {
  const { schema, message } = encodedSchema(result.columns, native);
  const rows = result.rows.slice(from, to);
  const children = result.columns.map((column, i) => {
    const type = parseSparkType(column.type);
    const sent = sentType(type, native);
    const values = rows.map((row) => row[i] ?? null);
    return encode(sent, sent === type ? values : values.map((value) => valueText(value, type)));
  });
  const data = arrow.makeData({ type: new arrow.Struct(schema.fields), length: rows.length, nullCount: 0, children });
  const stream = withoutEnd(streamOf(schema, [new arrow.RecordBatch(schema, data)]));
  return stream.subarray(message.length);
}

function streamOf(schema: Schema, batches: readonly RecordBatch[]): Buffer {
  const writer = new arrow.RecordBatchStreamWriter();
  writer.reset(undefined, schema);
  for (const batch of batches) writer.write(batch);
  writer.finish();
  return Buffer.from(writer.toUint8Array(true));
}

const withoutEnd = (stream: Buffer): Buffer => stream.subarray(0, stream.length - endOfStreamBytes);

function encode(type: SparkType, values: readonly unknown[]): Data {
  const common = { length: values.length, ...validity(values) };
  switch (type.kind) {
    case 'decimal':
      return arrow.makeData({
        type: new arrow.Decimal(type.scale, type.precision),
        ...common,
        data: decimals(values, type.scale),
      });
    case 'array': {
      const lists = values.map((value) => (Array.isArray(value) ? value : []));
      const child = encode(type.element, lists.flat());
      return arrow.makeData({ type: listType(type.element), ...common, valueOffsets: offsets(lists), child });
    }
    case 'map': {
      const lists = values.map(entriesOf);
      const entries = lists.flat();
      const child = arrow.makeData({
        type: entriesType(type.key, type.value),
        length: entries.length,
        nullCount: 0,
        children: [
          encode(
            type.key,
            entries.map(([key]) => key),
          ),
          encode(
            type.value,
            entries.map(([, value]) => value),
          ),
        ],
      });
      return arrow.makeData({ type: mapType(type.key, type.value), ...common, valueOffsets: offsets(lists), child });
    }
    case 'struct': {
      const children = type.fields.map((field) =>
        encode(
          field.type,
          values.map((value) => memberOf(value, field.name)),
        ),
      );
      return arrow.makeData({ type: structType(type.fields), ...common, children });
    }
    case 'primitive':
      return encodePrimitive(type.name, values, common);
  }
}

interface Common {
  readonly length: number;
  readonly nullCount: number;
  readonly nullBitmap: Uint8Array;
}

function encodePrimitive(name: string, values: readonly unknown[], common: Common): Data {
  const numbers = () => values.map((value) => Number(value ?? 0));
  const integers = () => BigInt64Array.from(values.map((value) => BigInt.asIntN(64, toBigInt(value))));
  switch (name) {
    case 'boolean':
      return arrow.makeData({ type: new arrow.Bool(), ...common, data: bits(values.map((value) => value === true)) });
    case 'tinyint':
      return arrow.makeData({ type: new arrow.Int8(), ...common, data: Int8Array.from(numbers()) });
    case 'smallint':
      return arrow.makeData({ type: new arrow.Int16(), ...common, data: Int16Array.from(numbers()) });
    case 'int':
      return arrow.makeData({ type: new arrow.Int32(), ...common, data: Int32Array.from(numbers()) });
    case 'bigint':
      return arrow.makeData({ type: new arrow.Int64(), ...common, data: integers() });
    case 'float':
      return arrow.makeData({ type: new arrow.Float32(), ...common, data: Float32Array.from(numbers()) });
    case 'double':
      return arrow.makeData({ type: new arrow.Float64(), ...common, data: Float64Array.from(numbers()) });
    case 'date':
      return arrow.makeData({ type: new arrow.DateDay(), ...common, data: Int32Array.from(values.map(dayNumber)) });
    case 'timestamp':
    case 'timestamp_ntz':
      return arrow.makeData({ type: timestampType(name), ...common, data: new Int32Array(integers().buffer) });
    case 'binary': {
      const chunks = values.map((value) => (value instanceof Uint8Array ? value : new Uint8Array()));
      return arrow.makeData({
        type: new arrow.Binary(),
        ...common,
        valueOffsets: offsets(chunks),
        data: Buffer.concat(chunks),
      });
    }
    default: {
      const chunks = values.map((value) => Buffer.from(valueText(value, { kind: 'primitive', name }) ?? ''));
      return arrow.makeData({
        type: new arrow.Utf8(),
        ...common,
        valueOffsets: offsets(chunks),
        data: Buffer.concat(chunks),
      });
    }
  }
}

const toBigInt = (value: unknown): bigint =>
  typeof value === 'bigint' || typeof value === 'number' || typeof value === 'string' ? BigInt(value) : 0n;

const dayNumber = (value: unknown): number => (value === null ? 0 : Date.parse(`${String(value)}T00:00:00Z`) / dayMs);

/** Unscaled 128-bit integers, little-endian, four words each. */
function decimals(values: readonly unknown[], scale: number): Uint32Array {
  const words = new Uint32Array(values.length * 4);
  for (const [i, value] of values.entries()) {
    const [whole = '0', fraction = ''] = String(value ?? 0).split('.');
    let rest = BigInt.asUintN(128, BigInt(`${whole}${fraction.padEnd(scale, '0').slice(0, scale)}`));
    for (let word = 0; word < 4; word += 1) {
      words[i * 4 + word] = Number(BigInt.asUintN(32, rest));
      rest >>= 32n;
    }
  }
  return words;
}

const offsets = (lists: readonly { readonly length: number }[]): Int32Array => {
  const starts = new Int32Array(lists.length + 1);
  for (const [i, list] of lists.entries()) starts[i + 1] = (starts[i] ?? 0) + list.length;
  return starts;
};

/** Bit i is set where value i is there. */
const validity = (values: readonly unknown[]) => ({
  nullCount: values.filter((value) => value === null).length,
  nullBitmap: bits(values.map((value) => value !== null)),
});

function bits(flags: readonly boolean[]): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(flags.length / 8));
  for (const [i, flag] of flags.entries()) if (flag) bytes[i >> 3] = (bytes[i >> 3] ?? 0) | (1 << (i & 7));
  return bytes;
}
