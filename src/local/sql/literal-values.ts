import { duckString } from './duck.js';
import { TokenReader } from './token-reader.js';

/**
 * `VALUES` that hold nothing but plain literals (strings, whole numbers, NULL, truth values, strings cast to TIMESTAMP) as
 * DuckDB's text; undefined for any other query. The translator makes the same of them, but goes over each value five
 * times, and nothing else runs meanwhile: for the rows of one sync in a ledger, a tenth of a second.
 */
export function literalValues(query: string): string | undefined {
  const reader = new TokenReader(query);
  if (!reader.accept('VALUES')) return undefined;
  const rows = commaList(reader, () => {
    if (!reader.accept('(')) return undefined;
    const values = commaList(reader, () => literal(reader));
    return values && reader.accept(')') ? `(${values.join(', ')})` : undefined;
  });
  return rows && reader.atEnd() ? `VALUES ${rows.join(', ')}` : undefined;
}

function commaList(reader: TokenReader, item: () => string | undefined): readonly string[] | undefined {
  const items: string[] = [];
  do {
    const text = item();
    if (text === undefined) return undefined;
    items.push(text);
  } while (reader.accept(','));
  return items;
}

function literal(reader: TokenReader): string | undefined {
  const word = ['NULL', 'TRUE', 'FALSE'].find((name) => reader.accept(name));
  if (word !== undefined) return word;
  if (reader.accept('CAST', '(')) {
    const text = string(reader);
    return text !== undefined && reader.accept('AS', 'TIMESTAMP', ')') ? `CAST(${text} AS TIMESTAMP)` : undefined;
  }
  return string(reader) ?? wholeNumber(reader);
}

const string = (reader: TokenReader): string | undefined =>
  reader.peek().kind === 'string' ? duckString(reader.next().text) : undefined;

function wholeNumber(reader: TokenReader): string | undefined {
  const sign = reader.accept('-') ? '-' : '';
  const { kind, text } = reader.peek();
  if (kind !== 'number' || !/^\d+$/.test(text)) return undefined;
  reader.next();
  return `${sign}${text}`;
}
