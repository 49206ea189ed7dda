import type { StructField } from '../delta/index.js';
import { parseType } from '../delta/index.js';
import type { Properties, TableRef, TimeTravel } from './statement-types.js';
import type { TokenReader } from './token-reader.js';

const VERSION_SUFFIX = /@v(\d+)$/i;

/** `a.b.c`, with or without backticks. */
export function parseName(reader: TokenReader): readonly string[] {
  const parts = [reader.identifier()];
  while (reader.accept('.')) parts.push(reader.identifier());
  return parts;
}

/** A table by name or path, with an optional version (`VERSION AS OF n`, `TIMESTAMP AS OF '…'`, `@vn`). */
export function parseTableRef(reader: TokenReader): TableRef {
  const parts = parseName(reader);
  const at = parseVersionSuffix(reader) ?? parseTimeTravel(reader);
  return tableRef(parts, at);
}

/** A table that is written to: it has no version. */
export function parseTarget(reader: TokenReader): TableRef {
  return tableRef(parseName(reader), undefined);
}

/** What dotted parts mean: ``delta.`<uri>` `` is a path, everything else a name. */
export function tableRef(parts: readonly string[], at: TimeTravel | undefined): TableRef {
  const [first, last] = parts;
  const travel = (fallback: TimeTravel | undefined) => (fallback === undefined ? {} : { at: fallback });
  if (parts.length !== 2 || first?.toLowerCase() !== 'delta' || last === undefined) {
    return { kind: 'name', parts, ...travel(at) };
  }
  const suffix = VERSION_SUFFIX.exec(last);
  if (suffix === null || at !== undefined) return { kind: 'path', uri: last, ...travel(at) };
  return { kind: 'path', uri: last.slice(0, suffix.index), at: { version: Number(suffix[1]) } };
}

export function parseTimeTravel(reader: TokenReader): TimeTravel | undefined {
  reader.accept('FOR');
  if (reader.accept('VERSION', 'AS', 'OF') || reader.accept('SYSTEM_VERSION', 'AS', 'OF')) {
    return { version: reader.wholeNumber() };
  }
  if (reader.accept('TIMESTAMP', 'AS', 'OF') || reader.accept('SYSTEM_TIME', 'AS', 'OF')) {
    return { timestamp: reader.stringLiteral() };
  }
  return undefined;
}

function parseVersionSuffix(reader: TokenReader): TimeTravel | undefined {
  const version = /^v(\d+)$/i.exec(reader.peek(1).text)?.[1];
  if (!reader.looksAt('@') || version === undefined) return undefined;
  reader.next();
  reader.next();
  return { version: Number(version) };
}

/** An alias where one follows: `AS x`, or a bare word that is none of the keywords that may come next. */
export function parseAlias(reader: TokenReader, ...keywords: readonly string[]): string | undefined {
  if (reader.accept('AS')) return reader.identifier();
  const { kind } = reader.peek();
  if (kind === 'quoted') return reader.identifier();
  if (kind !== 'word' || keywords.some((keyword) => reader.looksAt(keyword))) return undefined;
  return reader.identifier();
}

/** `(item, item, …)`. */
export function parseList<T>(reader: TokenReader, item: () => T): readonly T[] {
  reader.expect('(');
  const items = [item()];
  while (reader.accept(',')) items.push(item());
  reader.expect(')');
  return items;
}

/** `('key' = 'value', a.b = true, …)`. */
export function parseProperties(reader: TokenReader): Properties {
  const entries = parseList(reader, () => {
    const key = parsePropertyKey(reader);
    reader.accept('=');
    const { kind, text } = reader.next();
    if (kind === 'symbol' || kind === 'end') throw reader.errorHere('expected a property value');
    return [key, text] as const;
  });
  return Object.fromEntries(entries);
}

export function parsePropertyKey(reader: TokenReader): string {
  return reader.peek().kind === 'string' ? reader.stringLiteral() : parseName(reader).join('.');
}

/** A column of CREATE TABLE or ADD COLUMNS: name, type, NOT NULL, COMMENT. */
export function parseColumn(reader: TokenReader): StructField {
  const name = reader.identifier();
  reader.accept(':');
  const type = parseType(parseTypeText(reader));
  let nullable = true;
  let metadata = {};
  for (;;) {
    if (reader.accept('NOT', 'NULL')) nullable = false;
    else if (reader.accept('COMMENT')) metadata = { comment: reader.stringLiteral() };
    else break;
  }
  if (!reader.looksAt(',') && !reader.looksAt(')')) throw reader.errorHere('not understood in a column definition');
  return { name, type, nullable, metadata };
}

/** The text of a type: a word, then nothing, `(10,2)` or `<…>`. */
function parseTypeText(reader: TokenReader): string {
  const { start } = reader.peek();
  reader.identifier();
  if (reader.looksAt('(')) {
    parseList(reader, () => reader.wholeNumber());
  } else if (reader.looksAt('<')) {
    for (let depth = 0; ; ) {
      const token = reader.next();
      if (token.kind === 'end') throw reader.errorHere("expected '>'");
      if (token.kind === 'symbol' && token.text === '<') depth++;
      if (token.kind === 'symbol' && token.text === '>') depth--;
      if (depth === 0) break;
    }
  }
  return reader.sql.slice(start, reader.peek(-1).end);
}
