import { z } from 'zod';
import type { LedgerRow } from '../domain/ledger.js';
import type { Ledger, Sql, SqlSession } from './api.js';
import { ledgerRowOf } from './ledger-columns.js';
import {
  createLedgerStatement,
  insertableParts,
  insertLedgerStatement,
  knownEventsStatement,
  readLedgerStatement,
} from './ledger-statements.js';
import { readRow } from './table-rows.js';

const eventRow = z.object({ event_id: z.string() });

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

async function appendPart(session: SqlSession, location: string, rows: readonly LedgerRow[]): Promise<void> {
  const ids = [...new Set(rows.map((row) => row.eventId))];
  const known = knownEventsStatement(location, ids);
  const found = await session.query(known.sql, known.parameters);
  const there = new Set(found.map((row) => readRow(eventRow, row, 'a look for events').event_id));
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
