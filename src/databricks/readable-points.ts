import type { TableState } from '../domain/cut/index.js';
import { isHeldByTarget, isReadableInStaging } from '../domain/cut/index.js';
import { DrError } from '../domain/failure.js';
import { inParallel } from '../domain/in-parallel.js';
import type { RecoveryPoint } from '../domain/point.js';
import type { Tables } from './api.js';
import type { TableRef } from './identifiers.js';
import { atPath, named } from './identifiers.js';

/** Rows of a history: staging gets a commit per sync that changed the table. */
const historyRows = 500;

export interface ReadablePointsOrder {
  /** Of the region that the points were copied into, with the Receiver's rights. */
  readonly tables: Tables;
  /** Tables asked at a time. */
  readonly parallel: number;
  readonly nowMs: number;
  /** Told after each table, so that whoever watches knows that the region answers. */
  readonly answered?: () => void;
}

/**
 * Tells of recovery points whether they could be published now: every table either holds its rows already, or can be
 * cloned from a staging version that is still readable. Each table is asked once, however many points name it.
 */
export function createReadablePoints(order: ReadablePointsOrder): (point: RecoveryPoint) => Promise<boolean> {
  const known = new Map<string, Promise<TableState | null>>();
  const stateOf = (table: TableRef): Promise<TableState | null> => {
    const key = table.kind === 'name' ? table.name : table.location;
    const asked = known.get(key) ?? readState(order, table);
    known.set(key, asked);
    return asked;
  };
  return async (point) => {
    const readable = await inParallel(
      point.manifest,
      order.parallel,
      async (entry) =>
        isHeldByTarget(entry, await stateOf(named(entry.targetTable))) ||
        isReadableInStaging(entry, await stateOf(atPath(entry.stagingLocation)), order.nowMs),
    );
    return readable.every(Boolean);
  };
}

/** null where there is no such table, or none whose log could be read. */
async function readState({ tables, answered }: ReadablePointsOrder, table: TableRef): Promise<TableState | null> {
  try {
    const { properties } = await tables.detail(table);
    return { properties, history: await tables.history(table, { limit: historyRows }) };
  } catch (thrown) {
    if (!(thrown instanceof DrError) || !['TABLE_NOT_FOUND', 'VERSION_EXPIRED'].includes(thrown.code)) throw thrown;
    return null;
  } finally {
    answered?.();
  }
}
