import { z } from 'zod';
import type { LedgerRow } from '../domain/ledger.js';
import type { ListedEvent } from '../domain/ledger-copy.js';
import type { Ledger, Sql, SqlSession } from './api.js';
import { ledgerRowOf } from './ledger-columns.js';
import {
  createLedgerStatement,
  insertableParts,
  insertLedgerStatement,
  knownEventsStatement,
  listEventsStatement,
  readLedgerStatement,
} from './ledger-statements.js';
import { timestamp } from './sql-values.js';
import { readRow } from './table-rows.js';

const knownRow = z.object({ event_id: z.string() });
const listedRow = z
  .object({ event_id: z.string(), recorded_at: timestamp })
  .transform((row): ListedEvent => ({ eventId: row.event_id, recordedAt: row.recorded_at }));

/** A ledger at a storage location, by short statements. */
export function createLedger(sql: Sql, location: string): Ledger {
  return {
    async create() {
      await sql.query(createLedgerStatement(location));
    },

    async read(options) {
      const { sql: text, parameters } = readLedgerStatement(location, options);
      const rows = await sql.query(text, parameters);
      return withoutRepeats(rows.map(ledgerRowOf));
    },

    async list(options) {
      const { sql: text, parameters } = listEventsStatement(location, options);
      const rows = await sql.query(text, parameters);
      return rows.map((row) => readRow(listedRow, row, 'a list of events'));
    },

    known: (eventIds) => knownEvents(sql, location, eventIds),

    /**
     * Looks first and then appends, instead of `INSERT … WHERE NOT EXISTS` or MERGE: those read the table in the same
     * transaction, and two groups that write at once would conflict. A blind append never does. What a lost answer may
     * write twice, readers tell once.
     *
     * What does not fit into one statement is written in several, the rows of single tables first: readers know an event
     * by its group row, which comes with the last of them.
     */
    async append(rows) {
      if (rows.length === 0) return;
      const tablesFirst = [...rows.filter(isOfTable), ...rows.filter((row) => !isOfTable(row))];
      await sql.use(async (session) => {
        for (const part of insertableParts(tablesFirst)) await appendPart(session, location, part);
      });
    },
  };
}

const isOfTable = ({ tableName }: LedgerRow): boolean => tableName !== null;

async function knownEvents(
  session: SqlSession,
  location: string,
  eventIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const { sql, parameters } = knownEventsStatement(location, eventIds);
  const found = await session.query(sql, parameters);
  return new Set(found.map((row) => readRow(knownRow, row, 'a look for events').event_id));
}

async function appendPart(session: SqlSession, location: string, rows: readonly LedgerRow[]): Promise<void> {
  const there = await knownEvents(session, location, [...new Set(rows.map((row) => row.eventId))]);
  const missing = rows.filter((row) => !there.has(row.eventId));
  if (missing.length === 0) return;
  const insert = insertLedgerStatement(location, missing);
  await session.query(insert.sql, insert.parameters);
}

/** One event may have several rows: the group's, and one per table and hop. */
function withoutRepeats(rows: readonly LedgerRow[]): readonly LedgerRow[] {
  const seen = new Set<string>();
  return rows.filter((row) => {
    const key = JSON.stringify([row.eventId, row.tableName, row.hop]);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
