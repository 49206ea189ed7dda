import type { DuckDBType } from '@duckdb/node-api';
import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalType,
  DuckDBDecimalValue,
  DuckDBListType,
  DuckDBListValue,
  DuckDBMapType,
  DuckDBMapValue,
  DuckDBStructType,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTypeId,
} from '@duckdb/node-api';
import type { DataType, StructField } from '../delta/index.js';
import { duckName } from './duck.js';
import { unsupported } from './errors.js';

/** Delta's primitive types in DuckDB's words. TIMESTAMP is an instant in Spark, hence TIMESTAMPTZ. */
const TO_DUCK: Readonly<Record<string, string>> = {
  string: 'VARCHAR',
  long: 'BIGINT',
  integer: 'INTEGER',
  short: 'SMALLINT',
  byte: 'TINYINT',
  float: 'FLOAT',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
  binary: 'BLOB',
  date: 'DATE',
  timestamp: 'TIMESTAMPTZ',
  timestamp_ntz: 'TIMESTAMP',
};

/** Results of DuckDB in Delta's types. Unsigned and huge integers come from its aggregates; Spark's give BIGINT. */
const FROM_DUCK: ReadonlyMap<DuckDBTypeId, string> = new Map([
  [DuckDBTypeId.BOOLEAN, 'boolean'],
  [DuckDBTypeId.TINYINT, 'byte'],
  [DuckDBTypeId.UTINYINT, 'short'],
  [DuckDBTypeId.SMALLINT, 'short'],
  [DuckDBTypeId.USMALLINT, 'integer'],
  [DuckDBTypeId.INTEGER, 'integer'],
  [DuckDBTypeId.UINTEGER, 'long'],
  [DuckDBTypeId.BIGINT, 'long'],
  [DuckDBTypeId.UBIGINT, 'long'],
  [DuckDBTypeId.HUGEINT, 'long'],
  [DuckDBTypeId.UHUGEINT, 'long'],
  [DuckDBTypeId.FLOAT, 'float'],
  [DuckDBTypeId.DOUBLE, 'double'],
  [DuckDBTypeId.VARCHAR, 'string'],
  [DuckDBTypeId.UUID, 'string'],
  [DuckDBTypeId.BLOB, 'binary'],
  [DuckDBTypeId.DATE, 'date'],
  [DuckDBTypeId.TIMESTAMP, 'timestamp'],
  [DuckDBTypeId.TIMESTAMP_TZ, 'timestamp'],
  [DuckDBTypeId.SQLNULL, 'void'],
]);

/**
 * The DuckDB type that holds a Delta type. Throws for types that the local region does not read (variant…).
 * @param nameOf names of nested fields; their physical names for data files
 */
export function duckTypeOf(type: DataType, nameOf: (field: StructField) => string = ({ name }) => name): string {
  if (typeof type === 'string') {
    if (/^decimal\(\d+,\s*\d+\)$/.test(type)) return type.toUpperCase();
    if (/^(?:var)?char\(\d+\)$/.test(type)) return 'VARCHAR';
    const duck = TO_DUCK[type];
    if (duck === undefined) throw unsupported(`columns of type ${type}`);
    return duck;
  }
  if (type.type === 'array') return `${duckTypeOf(type.elementType, nameOf)}[]`;
  if (type.type === 'map') return `MAP(${duckTypeOf(type.keyType, nameOf)}, ${duckTypeOf(type.valueType, nameOf)})`;
  return `STRUCT(${type.fields.map((field) => `${duckName(nameOf(field))} ${duckTypeOf(field.type, nameOf)}`).join(', ')})`;
}

/** The Delta type of a result column. */
export function deltaTypeOf(type: DuckDBType): DataType {
  if (type instanceof DuckDBDecimalType) return `decimal(${type.width},${type.scale})`;
  if (type instanceof DuckDBListType) {
    return { type: 'array', elementType: deltaTypeOf(type.valueType), containsNull: true };
  }
  if (type instanceof DuckDBMapType) {
    return {
      type: 'map',
      keyType: deltaTypeOf(type.keyType),
      valueType: deltaTypeOf(type.valueType),
      valueContainsNull: true,
    };
  }
  if (type instanceof DuckDBStructType) {
    const fields = type.entryNames.map((name, index) => ({
      name,
      type: deltaTypeOf(type.entryTypes[index] ?? type),
      nullable: true,
      metadata: {},
    }));
    return { type: 'struct', fields };
  }
  const found = FROM_DUCK.get(type.typeId);
  if (found === undefined) throw unsupported(`results of type ${type.toString()}`);
  return found;
}

/** A value as `StatementResult` documents it, by the type of its column. */
export function resultValue(value: unknown, type: DataType): unknown {
  if (value === null || value === undefined) return null;
  if (typeof type === 'string') return primitiveValue(value, type);
  if (type.type === 'array' && value instanceof DuckDBListValue) {
    return value.items.map((item) => resultValue(item, type.elementType));
  }
  if (type.type === 'map' && value instanceof DuckDBMapValue) {
    const entries = value.entries.map(({ key, value: held }) => [
      String(resultValue(key, type.keyType)),
      resultValue(held, type.valueType),
    ]);
    return Object.fromEntries(entries);
  }
  if (type.type === 'struct' && value instanceof DuckDBStructValue) {
    return Object.fromEntries(type.fields.map(({ name, type: of }) => [name, resultValue(value.entries[name], of)]));
  }
  throw unsupported(`a value of type ${JSON.stringify(type)}`);
}

function primitiveValue(value: unknown, type: string): unknown {
  if (type === 'long') return BigInt(value as bigint | number);
  if (type === 'integer' || type === 'short' || type === 'byte') return Number(value);
  if (value instanceof DuckDBTimestampTZValue || value instanceof DuckDBTimestampValue) return value.micros;
  if (value instanceof DuckDBDateValue || value instanceof DuckDBDecimalValue) return value.toString();
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes);
  return typeof value === 'object' ? String(value) : value;
}
