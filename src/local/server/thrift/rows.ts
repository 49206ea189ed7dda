/** Results in HiveServer2's column-based row sets, which both the Node and the Python driver read beside Arrow. */
import types from '@databricks/sql/thrift/TCLIService_types.js';
import Int64 from 'node-int64';
import type { ResultColumn, StatementResult } from '../../sql/statement.js';
import type { SparkType } from '../spark-type.js';
import { parseSparkType } from '../spark-type.js';
import { valueText } from '../values.js';

const { TTypeId } = types;

const typeIds: Readonly<Record<string, types.TTypeId>> = {
  boolean: TTypeId.BOOLEAN_TYPE,
  tinyint: TTypeId.TINYINT_TYPE,
  smallint: TTypeId.SMALLINT_TYPE,
  int: TTypeId.INT_TYPE,
  bigint: TTypeId.BIGINT_TYPE,
  float: TTypeId.FLOAT_TYPE,
  double: TTypeId.DOUBLE_TYPE,
  decimal: TTypeId.DECIMAL_TYPE,
  date: TTypeId.DATE_TYPE,
  timestamp: TTypeId.TIMESTAMP_TYPE,
  timestamp_ntz: TTypeId.TIMESTAMP_TYPE,
  binary: TTypeId.BINARY_TYPE,
  array: TTypeId.ARRAY_TYPE,
  map: TTypeId.MAP_TYPE,
  struct: TTypeId.STRUCT_TYPE,
};

const nameOf = (type: SparkType): string => (type.kind === 'primitive' ? type.name : type.kind);

export function tableSchema(columns: readonly ResultColumn[]): types.TTableSchema {
  return new types.TTableSchema({
    columns: columns.map(
      (column, i) =>
        new types.TColumnDesc({
          columnName: column.name,
          position: i + 1,
          typeDesc: new types.TTypeDesc({
            types: [new types.TTypeEntry({ primitiveEntry: primitiveEntry(parseSparkType(column.type)) })],
          }),
        }),
    ),
  });
}

function primitiveEntry(type: SparkType): types.TPrimitiveTypeEntry {
  const id = typeIds[nameOf(type)] ?? TTypeId.STRING_TYPE;
  if (type.kind !== 'decimal') return new types.TPrimitiveTypeEntry({ type: id });
  const { precision, scale } = type;
  return new types.TPrimitiveTypeEntry({
    type: id,
    typeQualifiers: new types.TTypeQualifiers({
      qualifiers: {
        precision: new types.TTypeQualifierValue({ i32Value: precision }),
        scale: new types.TTypeQualifierValue({ i32Value: scale }),
      },
    }),
  });
}

/** Rows `from` (inclusive) to `to` (exclusive) of the result, column by column. */
export function rowSet(result: StatementResult, from: number, to: number): types.TRowSet {
  const rows = result.rows.slice(from, to);
  return new types.TRowSet({
    startRowOffset: new Int64(from),
    rows: [],
    columns: result.columns.map((column, i) =>
      encodeColumn(
        parseSparkType(column.type),
        rows.map((row) => row[i] ?? null),
      ),
    ),
  });
}

function encodeColumn(type: SparkType, values: readonly unknown[]): types.TColumn {
  const nulls = nullBits(values);
  const numbers = () => values.map((value) => Number(value ?? 0));
  switch (nameOf(type)) {
    case 'boolean':
      return new types.TColumn({ boolVal: { values: values.map((value) => value === true), nulls } });
    case 'tinyint':
      return new types.TColumn({ byteVal: { values: numbers(), nulls } });
    case 'smallint':
      return new types.TColumn({ i16Val: { values: numbers(), nulls } });
    case 'int':
      return new types.TColumn({ i32Val: { values: numbers(), nulls } });
    case 'bigint':
      return new types.TColumn({ i64Val: { values: values.map(toInt64), nulls } });
    case 'float':
    case 'double':
      return new types.TColumn({ doubleVal: { values: numbers(), nulls } });
    case 'binary':
      return new types.TColumn({ binaryVal: { values: values.map(toBuffer), nulls } });
    default:
      return new types.TColumn({ stringVal: { values: values.map((value) => valueText(value, type) ?? ''), nulls } });
  }
}

function toInt64(value: unknown): Int64 {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value === null ? 0 : (value as bigint | number | string)));
  return new Int64(bytes);
}

const toBuffer = (value: unknown): Buffer =>
  value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(value === null ? '' : String(value));

/** Bit i is set where value i is null, lowest bit first. */
function nullBits(values: readonly unknown[]): Buffer {
  const bits = Buffer.alloc(Math.ceil(values.length / 8));
  for (const [i, value] of values.entries()) {
    if (value === null) bits[i >> 3] = (bits[i >> 3] ?? 0) | (1 << (i & 7));
  }
  return bits;
}
