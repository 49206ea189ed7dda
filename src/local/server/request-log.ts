import { closeSync, openSync, writeSync } from 'node:fs';
import type { Region } from '../../domain/region.js';

/** One request to a region. Never holds a token, a header or a body. */
export interface LoggedRequest {
  readonly time: string;
  readonly region: Region;
  readonly method: string;
  /** Path with query string; for Thrift followed by `#` and the Thrift method. */
  readonly path: string;
  /** null when the caller was not recognised. */
  readonly principal: string | null;
  /** HTTP status; 0 when the connection was cut or left hanging. */
  readonly status: number;
  readonly statementId?: string;
  readonly sql?: string;
  readonly queryTags?: Readonly<Record<string, string | null>>;
}

/** What memory keeps; a pair may run for days. The file has everything. */
const keptInMemory = 100_000;

/** Everything that the regions were asked, in the order of their answers, so that tests can say what was and what was not asked. */
export class RequestLog {
  readonly #entries: LoggedRequest[] = [];
  /** Kept open: there are hundreds of requests in a second. */
  #file: number | undefined;

  /** @param file JSON lines are appended here until the log is closed; without it the log lives in memory only. */
  constructor(file?: string) {
    this.#file = file === undefined ? undefined : openSync(file, 'a');
  }

  add(entry: LoggedRequest): void {
    this.#entries.push(entry);
    if (this.#entries.length > keptInMemory) this.#entries.shift();
    if (this.#file !== undefined) writeSync(this.#file, `${JSON.stringify(entry)}\n`);
  }

  entries(region?: Region): readonly LoggedRequest[] {
    return region ? this.#entries.filter((entry) => entry.region === region) : [...this.#entries];
  }

  clear(): void {
    this.#entries.length = 0;
  }

  /** What is asked after this is in memory only. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}
