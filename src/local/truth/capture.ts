import type { Clock } from '../clock.js';
import type { TrueTable } from './truth-log.js';

/** A look at the tables of the region, past faults and rights. */
export interface TableReader {
  /** Newest version of the table, without reading its rows. */
  version(table: string): Promise<number>;
  /** The table at this version. */
  read(table: string, version: number): Promise<TrueTable>;
}

export interface Capture {
  /** Epoch milliseconds: the instant that the versions were true at. */
  readonly at: number;
  readonly tables: Readonly<Record<string, TrueTable>>;
}

/**
 * The state of several tables at one instant. Versions are read, the clock, then the versions again, until nothing has
 * changed around the clock's time: other writers may be at work.
 */
export async function captureTables(reader: TableReader, tables: readonly string[], clock: Clock): Promise<Capture> {
  let before = await versionsOf(reader, tables);
  let at = clock.now();
  let after = await versionsOf(reader, tables);
  while (before.some((version, index) => version !== after[index])) {
    before = after;
    at = clock.now();
    after = await versionsOf(reader, tables);
  }
  const read = await Promise.all(
    tables.map(async (table, index) => [table, await reader.read(table, before[index] ?? 0)] as const),
  );
  return { at, tables: Object.fromEntries(read) };
}

const versionsOf = (reader: TableReader, tables: readonly string[]): Promise<number[]> =>
  Promise.all(tables.map((table) => reader.version(table)));
