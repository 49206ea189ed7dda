/**
 * A credential in memory. Every way in which values slip into logs, errors, JSON or a Temporal payload shows
 * `[secret]` instead; only `reveal()` gives the text, so that a search for it lists every place where a token leaves.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself. Call it only where the credential goes over the wire. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  /** What `console.log` and `util.inspect` show (the symbol is Node's; named so, this file needs no Node module). */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]';
  }
}
