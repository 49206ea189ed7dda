/** Result values as the warehouse's transports write them: text for every type, JSON for nested ones. */
import type { ResultColumn } from '../sql/statement.js';
import type { SparkType } from './spark-type.js';
import { parseSparkType } from './spark-type.js';

/** How a timestamp is written: as Spark casts it to text, or as the Statement Execution API does. */
type TimestampStyle = (micros: bigint, isInstant: boolean) => string;

/** `2026-01-31 12:00:00.123456`, UTC, without trailing zeros in the fraction, as Spark casts a timestamp to text. */
export function timestampText(micros: bigint): string {
  const { day, time, fraction } = timestampParts(micros);
  return fraction === '' ? `${day} ${time}` : `${day} ${time}.${fraction}`;
}

/** `2026-01-31T12:00:00.123456Z`, with at least milliseconds; a wall-clock time has no Z. */
const isoText: TimestampStyle = (micros, isInstant) => {
  const { day, time, fraction } = timestampParts(micros);
  return `${day}T${time}.${fraction.padEnd(3, '0')}${isInstant ? 'Z' : ''}`;
};

function timestampParts(micros: bigint): { day: string; time: string; fraction: string } {
  const perSecond = 1_000_000n;
  const fraction = ((micros % perSecond) + perSecond) % perSecond;
  const [day = '', time = ''] = new Date(Number((micros - fraction) / 1000n)).toISOString().slice(0, 19).split('T');
  return { day, time, fraction: fraction.toString().padStart(6, '0').replace(/0+$/, '') };
}

/** The value as text, by its type; null stays null. */
export const valueText = (value: unknown, type: SparkType): string | null => textOf(value, type, timestampText);

/** As `valueText`, but timestamps in ISO 8601, as the Statement Execution API's JSON_ARRAY has them. */
export const restValueText = (value: unknown, type: SparkType): string | null => textOf(value, type, isoText);

function textOf(value: unknown, type: SparkType, style: TimestampStyle): string | null {
  if (value === null || value === undefined) return null;
  if (type.kind !== 'primitive') return type.kind === 'decimal' ? String(value) : jsonOf(value, type, style);
  if (isTimestamp(type.name) && typeof value === 'bigint') return style(value, type.name === 'timestamp');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  // A type that is not known here (a variant, say) may hold anything.
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const isTimestamp = (name: string): boolean => name === 'timestamp' || name === 'timestamp_ntz';

const quotedPrimitives = new Set(['string', 'date', 'timestamp', 'timestamp_ntz', 'binary']);

/** JSON of a nested value; whole numbers of any size are written exactly. */
function jsonOf(value: unknown, type: SparkType, style: TimestampStyle): string {
  if (value === null || value === undefined) return 'null';
  const member = (key: unknown, item: string) => `${JSON.stringify(String(key))}:${item}`;
  switch (type.kind) {
    case 'array':
      return `[${(Array.isArray(value) ? value : []).map((item) => jsonOf(item, type.element, style)).join(',')}]`;
    case 'map':
      return `{${entriesOf(value)
        .map(([key, item]) => member(key, jsonOf(item, type.value, style)))
        .join(',')}}`;
    case 'struct':
      return `{${type.fields
        .map((field) => member(field.name, jsonOf(memberOf(value, field.name), field.type, style)))
        .join(',')}}`;
    case 'decimal':
      return String(value);
    case 'primitive': {
      const text = textOf(value, type, style) ?? '';
      return quotedPrimitives.has(type.name) ? JSON.stringify(text) : text;
    }
  }
}

/** Entries of a map value, whether the engine gives a plain object or a `Map`; none for null. */
export function entriesOf(value: unknown): [unknown, unknown][] {
  if (value instanceof Map) return [...value.entries()];
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

/** A field of a struct value; null where the struct is null or lacks it. */
export const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (Reflect.get(value, name) ?? null) : null;

const apiNames: Readonly<Record<string, string>> = { bigint: 'LONG', smallint: 'SHORT', tinyint: 'BYTE', void: 'NULL' };

/** A type's name in the REST APIs. Source: `type_name` of the Statement Execution API and of Unity Catalog. */
export function apiTypeName(type: SparkType): string {
  const name = type.kind === 'primitive' ? type.name : type.kind;
  return apiNames[name] ?? name.toUpperCase();
}

/** A result column in the Statement Execution API's words. Source: its `manifest.schema.columns`. */
export function manifestColumn(column: ResultColumn, position: number): Record<string, unknown> {
  const type = parseSparkType(column.type);
  return {
    name: column.name,
    type_text: column.type.toUpperCase(),
    type_name: apiTypeName(type),
    position,
    ...(type.kind === 'decimal' && { type_precision: type.precision, type_scale: type.scale }),
  };
}
