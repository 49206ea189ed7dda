/** Spark's types in Arrow, as a SQL warehouse sends them to a driver that reads Arrow. */
import type types from '@databricks/sql/thrift/TCLIService_types.js';
import type { ResultColumn } from '../../sql/statement.js';
import type { SparkType } from '../spark-type.js';
import { parseSparkType } from '../spark-type.js';
import type { DataType, Schema } from './arrow-library.js';
import { arrow } from './arrow-library.js';

/** Which types the driver wants natively; the others come as text. */
export type NativeTypes = Pick<types.TSparkArrowTypes, 'timestampAsArrow' | 'decimalAsArrow' | 'complexTypesAsArrow'>;

/** The type that values are sent in: the column's own, or text where the driver does not want it natively. */
export function sentType(type: SparkType, native: NativeTypes): SparkType {
  const text: SparkType = { kind: 'primitive', name: 'string' };
  if (type.kind === 'decimal') return native.decimalAsArrow ? type : text;
  if (type.kind !== 'primitive') return native.complexTypesAsArrow ? type : text;
  const isTimestamp = type.name === 'timestamp' || type.name === 'timestamp_ntz';
  return isTimestamp && !native.timestampAsArrow ? text : type;
}

export function arrowSchema(columns: readonly ResultColumn[], native: NativeTypes): Schema {
  return new arrow.Schema(
    columns.map(({ name, type }) => {
      const metadata = new Map([['Spark:DataType:SqlName', type.toUpperCase()]]);
      return new arrow.Field(name, arrowType(sentType(parseSparkType(type), native)), true, metadata);
    }),
  );
}

/** The drivers look for the names `element`, `entries`, `key` and `value`. */
function arrowType(type: SparkType): DataType {
  switch (type.kind) {
    case 'decimal':
      return new arrow.Decimal(type.scale, type.precision);
    case 'array':
      return listType(type.element);
    case 'map':
      return mapType(type.key, type.value);
    case 'struct':
      return structType(type.fields);
    case 'primitive':
      return primitiveType(type.name);
  }
}

export const listType = (element: SparkType) => new arrow.List(new arrow.Field('element', arrowType(element), true));

export const structType = (fields: readonly { readonly name: string; readonly type: SparkType }[]) =>
  new arrow.Struct(fields.map((field) => new arrow.Field(field.name, arrowType(field.type), true)));

export const mapType = (key: SparkType, value: SparkType) =>
  new arrow.Map_(new arrow.Field('entries', entriesType(key, value), false));

export const entriesType = (key: SparkType, value: SparkType) =>
  new arrow.Struct([new arrow.Field('key', arrowType(key), false), new arrow.Field('value', arrowType(value), true)]);

/** An instant has a zone; a wall-clock time has none. */
export const timestampType = (name: 'timestamp' | 'timestamp_ntz') =>
  new arrow.TimestampMicrosecond(name === 'timestamp' ? 'Etc/UTC' : null);

function primitiveType(name: string): DataType {
  switch (name) {
    case 'boolean':
      return new arrow.Bool();
    case 'tinyint':
      return new arrow.Int8();
    case 'smallint':
      return new arrow.Int16();
    case 'int':
      return new arrow.Int32();
    case 'bigint':
      return new arrow.Int64();
    case 'float':
      return new arrow.Float32();
    case 'double':
      return new arrow.Float64();
    case 'date':
      return new arrow.DateDay();
    case 'timestamp':
    case 'timestamp_ntz':
      return timestampType(name);
    case 'binary':
      return new arrow.Binary();
    default:
      return new arrow.Utf8();
  }
}
