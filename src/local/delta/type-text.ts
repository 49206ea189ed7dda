import { SqlError } from '../sql/statement.js';
import type { DataType, StructField } from './schema.js';

/** SQL names of types whose JSON name differs. */
const sqlNames: Readonly<Record<string, string>> = {
  byte: 'tinyint',
  short: 'smallint',
  integer: 'int',
  long: 'bigint',
};

/** Spark SQL text of a type: `bigint`, `struct<a:int,b:array<string>>`. */
export function typeText(type: DataType): string {
  if (typeof type === 'string') return sqlNames[type] ?? type;
  switch (type.type) {
    case 'array':
      return `array<${typeText(type.elementType)}>`;
    case 'map':
      return `map<${typeText(type.keyType)},${typeText(type.valueType)}>`;
    case 'struct':
      return `struct<${type.fields.map(({ name, type: of }) => `${name}:${typeText(of)}`).join(',')}>`;
  }
}

/** JSON names by what may be written in SQL. */
const jsonNames: Readonly<Record<string, string>> = {
  boolean: 'boolean',
  tinyint: 'byte',
  byte: 'byte',
  smallint: 'short',
  short: 'short',
  int: 'integer',
  integer: 'integer',
  bigint: 'long',
  long: 'long',
  float: 'float',
  real: 'float',
  double: 'double',
  string: 'string',
  binary: 'binary',
  date: 'date',
  timestamp: 'timestamp',
  timestamp_ntz: 'timestamp_ntz',
  decimal: 'decimal(10,0)',
  dec: 'decimal(10,0)',
  numeric: 'decimal(10,0)',
};

/**
 * Reads the SQL text of a type, in any case: `BIGINT`, `DECIMAL(10,2)`, `ARRAY<STRING>`,
 * `STRUCT<a: INT NOT NULL COMMENT 'x'>`. Throws SqlError for a type that Delta does not have.
 */
export function parseType(text: string): DataType {
  const tokens = text.match(/'(?:[^']|'')*'|`(?:[^`]|``)*`|\w+|\S/g) ?? [];
  const reader = new TypeReader(text, tokens);
  const type = reader.type();
  reader.end();
  return type;
}

class TypeReader {
  readonly #text: string;
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(text: string, tokens: readonly string[]) {
    this.#text = text;
    this.#tokens = tokens;
  }

  type(): DataType {
    const name = this.#next().toLowerCase();
    if (name === 'array') return { type: 'array', elementType: this.#one(() => this.type()), containsNull: true };
    if (name === 'map') return this.#map();
    if (name === 'struct') return { type: 'struct', fields: this.#struct() };
    const json = jsonNames[name];
    if (json === undefined) throw this.#unsupported();
    if (!json.startsWith('decimal') || !this.#take('(')) return json;
    const precision = this.#digits();
    const scale = this.#take(',') ? this.#digits() : '0';
    this.#expect(')');
    return `decimal(${precision},${scale})`;
  }

  end(): void {
    if (this.#at !== this.#tokens.length) throw this.#unsupported();
  }

  #map(): DataType {
    this.#expect('<');
    const keyType = this.type();
    this.#expect(',');
    const valueType = this.type();
    this.#expect('>');
    return { type: 'map', keyType, valueType, valueContainsNull: true };
  }

  #struct(): readonly StructField[] {
    this.#expect('<');
    const fields: StructField[] = [];
    if (this.#take('>')) return fields;
    do fields.push(this.#field());
    while (this.#take(','));
    this.#expect('>');
    return fields;
  }

  #field(): StructField {
    const name = unquoted(this.#next(), '`');
    this.#take(':');
    const type = this.type();
    const nullable = !this.#take('not');
    if (!nullable) this.#expect('null');
    const comment = this.#take('comment') ? unquoted(this.#next(), "'") : undefined;
    return { name, type, nullable, metadata: comment === undefined ? {} : { comment } };
  }

  #one<T>(read: () => T): T {
    this.#expect('<');
    const value = read();
    this.#expect('>');
    return value;
  }

  #digits(): string {
    const token = this.#next();
    if (!/^\d+$/.test(token)) throw this.#unsupported();
    return token;
  }

  #next(): string {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw this.#unsupported();
    this.#at += 1;
    return token;
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at]?.toLowerCase() !== token) return false;
    this.#at += 1;
    return true;
  }

  #expect(token: string): void {
    if (!this.#take(token)) throw this.#unsupported();
  }

  #unsupported = (): SqlError =>
    new SqlError('UNSUPPORTED_DATATYPE', '0A000', `Unsupported data type "${this.#text}".`);
}

const unquoted = (token: string, quote: string) =>
  token.startsWith(quote) ? token.slice(1, -1).replaceAll(quote + quote, quote) : token;
