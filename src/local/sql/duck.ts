import type { DuckDBConnection, DuckDBType } from '@duckdb/node-api';
import { DuckDBInstance } from '@duckdb/node-api';
import { fromDuckError } from './duck-errors.js';
import { MACROS } from './duck-macros.js';
import { canceled, throwIfCanceled } from './errors.js';

export interface DuckOptions {
  /** Memory that queries of one engine may use together; beyond it DuckDB spills or fails. */
  readonly memoryLimitMegabytes: number;
  readonly threads: number;
}

export interface DuckRows {
  readonly names: readonly string[];
  readonly types: readonly DuckDBType[];
  /** Values in DuckDB's own representation. */
  readonly rows: readonly (readonly unknown[])[];
}

/** Computes queries: one in-memory DuckDB per engine, one connection per statement. */
export class Duck {
  readonly #instance: DuckDBInstance;

  private constructor(instance: DuckDBInstance) {
    this.#instance = instance;
  }

  static async open(options: DuckOptions): Promise<Duck> {
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: `${options.memoryLimitMegabytes}MB`,
      threads: String(options.threads),
    });
    const connection = await instance.connect();
    try {
      await connection.run("SET GLOBAL TimeZone = 'UTC'");
      for (const macro of MACROS) await connection.run(macro);
    } finally {
      connection.closeSync();
    }
    return new Duck(instance);
  }

  /** Runs `use` with a connection of its own, which is interrupted when the signal aborts and closed afterwards. */
  async session<T>(signal: AbortSignal, use: (session: DuckSession) => Promise<T>): Promise<T> {
    throwIfCanceled(signal);
    const connection = await this.#instance.connect();
    const interrupt = () => connection.interrupt();
    signal.addEventListener('abort', interrupt);
    try {
      return await use(new DuckSession(connection, signal));
    } finally {
      signal.removeEventListener('abort', interrupt);
      connection.closeSync();
    }
  }

  close(): void {
    this.#instance.closeSync();
  }
}

/** A statement's connection. Temporary views and tables live as long as it does. */
export class DuckSession {
  readonly signal: AbortSignal;
  readonly #connection: DuckDBConnection;
  #names = 0;

  constructor(connection: DuckDBConnection, signal: AbortSignal) {
    this.#connection = connection;
    this.signal = signal;
  }

  /** A name for a temporary view or table that nothing else in this session has. */
  newName(): string {
    this.#names++;
    return `__dr_${this.#names}`;
  }

  async run(sql: string): Promise<void> {
    await this.#guard(async () => await this.#connection.run(sql));
  }

  async query(sql: string): Promise<DuckRows> {
    return await this.#guard(async () => {
      const reader = await this.#connection.runAndReadAll(sql);
      return { names: reader.columnNames(), types: reader.columnTypes(), rows: reader.getRows() };
    });
  }

  /** The single value of a query that counts or sums. */
  async number(sql: string): Promise<number> {
    const { rows } = await this.query(sql);
    return Number(rows[0]?.[0] ?? 0);
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    throwIfCanceled(this.signal);
    try {
      return await work();
    } catch (error) {
      throw this.signal.aborted ? canceled(error) : fromDuckError(error);
    }
  }
}

/** A name as DuckDB reads it. */
export function duckName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A string literal as DuckDB reads it. */
export function duckString(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
