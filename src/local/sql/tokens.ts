import { syntaxError } from './errors.js';

/** A piece of a statement. `start` and `end` point into the statement's text. */
export interface Token {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'symbol' | 'parameter' | 'end';
  /** Word as written; quoted identifier and string without quotes and escapes; number and symbol as written; parameter's name. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const WORD = /[\p{L}_][\p{L}\p{N}_$]*/uy;
const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?:BD|[LSYDF])?\b/iy;
const SYMBOL = /(?:<=>|<=|>=|<>|!=|==|\|\||->|=>|::|[-+*/%&|^~<>=(),.;:@[\]{}?!])/y;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', 0: '\0', Z: '\u001a' };

/** Splits a statement as Databricks SQL does. Comments and white space are dropped. */
export function tokenize(sql: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < sql.length) {
    const skipped = skipBlank(sql, at);
    if (skipped > at) {
      at = skipped;
      continue;
    }
    const token = nextToken(sql, at, tokens.at(-1));
    tokens.push(token);
    at = token.end;
  }
  return [...tokens, { kind: 'end', text: '', start: sql.length, end: sql.length }];
}

function skipBlank(sql: string, at: number): number {
  if (/\s/.test(sql.charAt(at))) return at + 1;
  if (sql.startsWith('--', at)) {
    const lineEnd = sql.indexOf('\n', at);
    return lineEnd < 0 ? sql.length : lineEnd;
  }
  if (!sql.startsWith('/*', at)) return at;
  const close = sql.indexOf('*/', at + 2);
  if (close < 0) throw syntaxError("'/*'", 'unclosed comment');
  return close + 2;
}

function nextToken(sql: string, at: number, before: Token | undefined): Token {
  const character = sql.charAt(at);
  if (character === '`') return quotedToken(sql, at);
  if (character === "'" || character === '"') return stringToken(sql, at);
  if (/^r['"]/i.test(sql.slice(at, at + 2))) return rawStringToken(sql, at);
  const word = match(WORD, sql, at);
  if (word !== undefined) return token('word', word, at);
  const number = match(NUMBER, sql, at);
  if (number !== undefined) return token('number', number, at);
  // `a:b` reaches into a JSON column, `:b` after a blank or an operator is a parameter marker.
  const touchesValue = before?.end === at && /[\p{L}\p{N}_`)\]]$/u.test(sql.slice(before.start, at));
  const parameter = touchesValue || sql.charAt(at) !== ':' ? undefined : match(WORD, sql, at + 1);
  if (parameter !== undefined) return { kind: 'parameter', text: parameter, start: at, end: at + 1 + parameter.length };
  const symbol = match(SYMBOL, sql, at);
  if (symbol === undefined) throw syntaxError(`'${character}'`);
  return token('symbol', symbol, at);
}

function quotedToken(sql: string, at: number): Token {
  let text = '';
  for (let i = at + 1; i < sql.length; i++) {
    if (sql.charAt(i) !== '`') text += sql.charAt(i);
    else if (sql.charAt(i + 1) === '`') {
      text += '`';
      i++;
    } else return { kind: 'quoted', text, start: at, end: i + 1 };
  }
  throw syntaxError("'`'", 'unclosed identifier');
}

function stringToken(sql: string, at: number): Token {
  const quote = sql.charAt(at);
  let text = '';
  for (let i = at + 1; i < sql.length; i++) {
    const character = sql.charAt(i);
    if (character === '\\' && i + 1 < sql.length) {
      const unicode = /^u([0-9a-fA-F]{4})/.exec(sql.slice(i + 1, i + 6))?.[1];
      text += unicode === undefined ? unescaped(sql.charAt(i + 1)) : String.fromCharCode(Number.parseInt(unicode, 16));
      i += unicode === undefined ? 1 : 5;
    } else if (character !== quote) text += character;
    else if (sql.charAt(i + 1) === quote) {
      text += quote;
      i++;
    } else return { kind: 'string', text, start: at, end: i + 1 };
  }
  throw syntaxError(quote === '"' ? `'"'` : `"'"`, 'unclosed string literal');
}

/** `\%` and `\_` keep their backslash: they are escapes of LIKE, not of the literal. */
function unescaped(character: string): string {
  return character === '%' || character === '_' ? `\\${character}` : (ESCAPES[character] ?? character);
}

function rawStringToken(sql: string, at: number): Token {
  const close = sql.indexOf(sql.charAt(at + 1), at + 2);
  if (close < 0) throw syntaxError(`'${sql.charAt(at)}'`, 'unclosed string literal');
  return { kind: 'string', text: sql.slice(at + 2, close), start: at, end: close + 1 };
}

function match(pattern: RegExp, sql: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(sql)?.[0];
}

const token = (kind: Token['kind'], text: string, start: number): Token => ({
  kind,
  text,
  start,
  end: start + text.length,
});
