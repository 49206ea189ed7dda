import { syntaxError } from './errors.js';
import type { Token } from './tokens.js';
import { tokenize } from './tokens.js';

/** Reads a statement from left to right. Keywords are compared without regard to case. */
export class TokenReader {
  readonly sql: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(sql: string) {
    this.sql = sql;
    this.#tokens = tokenize(sql);
  }

  peek(ahead = 0): Token {
    const last = this.#tokens.length - 1;
    const found = this.#tokens[Math.min(this.#at + ahead, last)];
    if (found === undefined) throw new Error('A token list always ends with its end token.');
    return found;
  }

  next(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.#at++;
    return token;
  }

  atEnd(): boolean {
    return this.peek().kind === 'end';
  }

  /** Whether the next tokens are these keywords or symbols, without taking them. */
  looksAt(...words: readonly string[]): boolean {
    return words.every((word, index) => isWord(this.peek(index), word));
  }

  /** Takes these keywords or symbols if they come next, all or none. */
  accept(...words: readonly string[]): boolean {
    if (!this.looksAt(...words)) return false;
    this.#at += words.length;
    return true;
  }

  /** Takes these keywords or symbols; anything else is a syntax error. */
  expect(...words: readonly string[]): void {
    for (const word of words) if (!this.accept(word)) throw this.errorHere(`expected ${word}`);
  }

  identifier(): string {
    const token = this.peek();
    if (token.kind !== 'word' && token.kind !== 'quoted') throw this.errorHere('expected a name');
    return this.next().text;
  }

  stringLiteral(): string {
    if (this.peek().kind !== 'string') throw this.errorHere('expected a string literal');
    return this.next().text;
  }

  /** A whole number without sign. */
  wholeNumber(): number {
    const token = this.peek();
    const value = token.kind === 'number' ? Number(token.text.replace(/[LSY]$/i, '')) : Number.NaN;
    if (!Number.isSafeInteger(value)) throw this.errorHere('expected a whole number');
    this.next();
    return value;
  }

  /** Everything up to (not including) the first of these keywords or symbols outside parentheses, as written. */
  textUntil(...stops: readonly (readonly string[])[]): string {
    const start = this.peek().start;
    let end = start;
    for (let depth = 0; !this.atEnd(); ) {
      if (depth === 0 && (stops.some((stop) => this.looksAt(...stop)) || this.looksAt(')'))) break;
      const token = this.next();
      if (token.kind === 'symbol' && '([{'.includes(token.text)) depth++;
      if (token.kind === 'symbol' && ')]}'.includes(token.text)) depth--;
      if (depth === 0 && isWord(token, 'CASE')) this.#skipCase();
      end = this.peek(-1).end;
    }
    if (end === start) throw this.errorHere('expected an expression');
    return this.sql.slice(start, end);
  }

  /** The rest of the statement, as written. */
  rest(): string {
    const start = this.peek().start;
    this.#at = this.#tokens.length - 1;
    return this.sql.slice(start, this.peek().end).replace(/;\s*$/, '');
  }

  /** A trailing semicolon is fine; anything else is a syntax error. */
  expectEnd(): void {
    this.accept(';');
    if (!this.atEnd()) throw this.errorHere();
  }

  errorHere(hint = '') {
    const token = this.peek();
    const near = token.kind === 'end' ? 'end of input' : `'${this.sql.slice(token.start, token.end)}'`;
    return syntaxError(near, hint === '' ? '' : hint);
  }

  /** CASE … WHEN … END holds keywords that would otherwise end an expression of MERGE. */
  #skipCase(): void {
    for (let open = 1; open > 0 && !this.atEnd(); ) {
      const token = this.next();
      if (isWord(token, 'CASE')) open++;
      if (isWord(token, 'END')) open--;
    }
  }
}

function isWord(token: Token, word: string): boolean {
  if (token.kind === 'symbol') return token.text === word;
  return token.kind === 'word' && token.text.toUpperCase() === word;
}
