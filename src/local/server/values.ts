/** Result values as the warehouse's transports write them: text for every type, JSON for nested ones. */
import type { ResultColumn } from '../sql/statement.js';

/** Head of a Spark type text: `decimal` of `decimal(18,2)`, `map` of `map<string,int>`, upper case. */
export const typeName = (type: string): string => {
  const head = /^[a-z_]+/.exec(type.trim().toLowerCase())?.[0] ?? 'string';
  return (typeSynonyms[head] ?? head).toUpperCase();
};

const typeSynonyms: Readonly<Record<string, string>> = {
  integer: 'int',
  long: 'bigint',
  short: 'smallint',
  byte: 'tinyint',
  real: 'float',
  dec: 'decimal',
  numeric: 'decimal',
  varchar: 'string',
  char: 'string',
};

/** Precision and scale of a decimal type; Spark's default is (10, 0). */
export function decimalShape(type: string): { precision: number; scale: number } {
  const [, precision = '10', scale = '0'] = /\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)/.exec(type) ?? [];
  return { precision: Number(precision), scale: Number(scale) };
}

/** `2026-01-31 12:00:00.123456`, UTC, without trailing zeros in the fraction, as Spark casts a timestamp to text. */
export function timestampText(micros: bigint): string {
  const perSecond = 1_000_000n;
  const fraction = ((micros % perSecond) + perSecond) % perSecond;
  const wholeSeconds = new Date(Number((micros - fraction) / 1000n)).toISOString().slice(0, 19).replace('T', ' ');
  const digits = fraction.toString().padStart(6, '0').replace(/0+$/, '');
  return digits === '' ? wholeSeconds : `${wholeSeconds}.${digits}`;
}

/** The value as text, by its column's type; null stays null. */
export function valueText(value: unknown, type: string): string | null {
  if (value === null || value === undefined) return null;
  const name = typeName(type);
  if (name === 'TIMESTAMP' || name === 'TIMESTAMP_NTZ') {
    return typeof value === 'bigint' ? timestampText(value) : String(value);
  }
  if (name === 'BINARY') return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : String(value);
  return typeof value === 'object' ? nestedText(value) : String(value);
}

/** As `valueText`, but timestamps in ISO 8601, as the Statement Execution API's JSON_ARRAY has them. */
export function restValueText(value: unknown, type: string): string | null {
  const text = valueText(value, type);
  if (text === null) return null;
  const name = typeName(type);
  if (name !== 'TIMESTAMP' && name !== 'TIMESTAMP_NTZ') return text;
  const [day = '', time = ''] = text.split(' ');
  const [clock = '', fraction = ''] = time.split('.');
  return `${day}T${clock}.${fraction.padEnd(3, '0')}${name === 'TIMESTAMP' ? 'Z' : ''}`;
}

/** JSON of a nested value. A `bigint` becomes a bare integer, as Spark's `to_json` writes it. */
function nestedText(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Date) return JSON.stringify(value.toISOString());
  if (Array.isArray(value)) return `[${value.map(nestedText).join(',')}]`;
  if (value instanceof Map) return nestedText(Object.fromEntries(value));
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([key, member]) => `${JSON.stringify(key)}:${nestedText(member)}`)
      .join(',')}}`;
  }
  return JSON.stringify(value ?? null);
}

/** A result column in the Statement Execution API's words. Source: its `manifest.schema.columns`. */
export function manifestColumn(column: ResultColumn, position: number): Record<string, unknown> {
  const name = typeName(column.type);
  const manifestNames: Readonly<Record<string, string>> = {
    BIGINT: 'LONG',
    SMALLINT: 'SHORT',
    TINYINT: 'BYTE',
    VOID: 'NULL',
  };
  return {
    name: column.name,
    type_text: column.type.toUpperCase(),
    type_name: manifestNames[name] ?? name,
    position,
    ...(name === 'DECIMAL' && {
      type_precision: decimalShape(column.type).precision,
      type_scale: decimalShape(column.type).scale,
    }),
  };
}
