/** Where a text stops being JSON. Never quotes the text: it may hold a secret. */
export class JsonTextError extends Error {
  override readonly name = 'JsonTextError';
}

/** A parsed file, and the keys that stand twice in one object (of which JSON would silently keep the last). */
export interface JsonText {
  readonly value: unknown;
  readonly repeatedKeys: readonly (readonly PropertyKey[])[];
}

/**
 * Reads JSON and says line and column where it ends being such, which `JSON.parse` tells only for some mistakes, and
 * then together with a piece of the text.
 *
 * @throws JsonTextError
 */
export function parseJsonText(text: string): JsonText {
  const source = text.replace(/^\uFEFF/, '');
  const repeatedKeys: PropertyKey[][] = [];
  const value = new Scanner(source, repeatedKeys).document();
  return { value, repeatedKeys };
}

const literals: Readonly<Record<string, unknown>> = { true: true, false: false, null: null };
const whitespace = /[ \t\r\n]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these inside a string.
const stringToken = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const numberToken = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const wordToken = /[A-Za-z]+/y;

class Scanner {
  #at = 0;
  readonly #source: string;
  readonly #repeatedKeys: PropertyKey[][];

  constructor(source: string, repeatedKeys: PropertyKey[][]) {
    this.#source = source;
    this.#repeatedKeys = repeatedKeys;
  }

  document(): unknown {
    const value = this.#value([]);
    this.#take(whitespace);
    if (this.#at < this.#source.length) this.#fail('expected nothing more after the end of the value');
    return value;
  }

  #value(path: readonly PropertyKey[]): unknown {
    this.#take(whitespace);
    const next = this.#source[this.#at];
    if (next === '{') return this.#object(path);
    if (next === '[') return this.#array(path);
    if (next === '"') return this.#string();
    const start = this.#at;
    const number = this.#take(numberToken);
    if (number !== '') return Number(number);
    const word = this.#take(wordToken);
    if (Object.hasOwn(literals, word)) return literals[word];
    this.#at = start;
    return this.#fail('expected a value');
  }

  #object(path: readonly PropertyKey[]): unknown {
    const entries: [string, unknown][] = [];
    const seen = new Set<string>();
    this.#items('}', () => {
      if (this.#source[this.#at] !== '"') this.#fail('expected a key in double quotes');
      const key = this.#string();
      if (seen.has(key)) this.#repeatedKeys.push([...path, key]);
      seen.add(key);
      this.#take(whitespace);
      if (this.#source[this.#at] !== ':') this.#fail('expected ":" after a key');
      this.#at += 1;
      entries.push([key, this.#value([...path, key])]);
    });
    return Object.fromEntries(entries);
  }

  #array(path: readonly PropertyKey[]): unknown {
    const items: unknown[] = [];
    this.#items(']', () => items.push(this.#value([...path, items.length])));
    return items;
  }

  /** What stands between brackets, separated by commas; a comma before the closing bracket is refused as JSON does. */
  #items(close: '}' | ']', readItem: () => void): void {
    this.#at += 1;
    this.#take(whitespace);
    if (this.#source[this.#at] === close) {
      this.#at += 1;
      return;
    }
    for (;;) {
      this.#take(whitespace);
      readItem();
      this.#take(whitespace);
      const next = this.#source[this.#at];
      if (next !== ',' && next !== close) this.#fail(`expected "," or "${close}"`);
      this.#at += 1;
      if (next === close) return;
    }
  }

  #string(): string {
    const token = this.#take(stringToken);
    if (token === '') this.#fail('this text in double quotes has no end or a forbidden character');
    return String(JSON.parse(token));
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const taken = pattern.exec(this.#source)?.[0] ?? '';
    this.#at += taken.length;
    return taken;
  }

  #fail(expectation: string): never {
    const before = this.#source.slice(0, this.#at).split('\n');
    const where = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
    throw new JsonTextError(`${where}: ${this.#at >= this.#source.length ? 'the file ends here; ' : ''}${expectation}`);
  }
}
