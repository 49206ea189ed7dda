import { describe, expect, it } from 'vitest';
import type { Row, Sql, SqlParameters } from '../../src/databricks/api.js';
import { createLedger } from '../../src/databricks/ledger.js';
import { ledgerColumns, ledgerFields, ledgerRowOf } from '../../src/databricks/ledger-columns.js';
import { insertLedgerStatement, readLedgerStatement } from '../../src/databricks/ledger-statements.js';
import type { LedgerRow } from '../../src/domain/ledger.js';

const location = 'abfss://sync@acc/sync_ledger';

const row: LedgerRow = {
  eventId: 'e1',
  recordedAt: 1_700_000_000_123,
  epoch: 3,
  controller: 'c1',
  workspaceName: 'ws',
  groupName: 'g',
  direction: 'forward',
  syncId: 's1',
  event: 'sent',
  runId: '1018446744073709551',
  repairId: null,
  runEndTime: 1_700_000_000_000,
  tableName: null,
  tableId: null,
  sourceVersion: 5,
  stagingVersion: null,
  targetVersionBefore: null,
  targetVersion: null,
  hop: null,
  sourceBytes: 5_000_000_000_000,
  copiedBytes: null,
  copiedFiles: null,
  removedFiles: null,
  durationMs: 7,
  specHash: 'h',
  errorCode: null,
  errorMessage: "it's; DROP TABLE x --",
  detail: '{"a":1}',
};

/** What a Delta table would give back for a row, as the driver tells it. */
const stored = (from: LedgerRow): Row =>
  Object.fromEntries(
    ledgerFields.map((field) => {
      const [name, type] = ledgerColumns[field];
      const value = from[field];
      if (value === null || type === 'STRING') return [name, value];
      return [name, type === 'BIGINT' ? BigInt(value) : new Date(Number(value))];
    }),
  );

/** A ledger's warehouse that remembers what it was asked and knows some events. */
function fakeSql(known: readonly string[] = [], rows: readonly LedgerRow[] = []) {
  const asked: { sql: string; parameters: SqlParameters }[] = [];
  const query = async (sql: string, parameters: SqlParameters = {}): Promise<readonly Row[]> => {
    asked.push({ sql, parameters });
    if (sql.startsWith('SELECT DISTINCT')) return known.map((event_id) => ({ event_id }));
    return sql.startsWith('SELECT') ? rows.map(stored) : [];
  };
  const sql: Sql = { query, use: (work) => work({ query }) };
  return { asked, ledger: createLedger(sql, location) };
}

describe('the ledger', () => {
  it('gives back every field as it was written', () => {
    expect(ledgerRowOf(stored(row))).toEqual(row);
  });

  it('writes an event in one INSERT, values beside the text', async () => {
    const { asked, ledger } = fakeSql();
    await ledger.append([row, { ...row, tableName: 'a.b.c', hop: 'send' }]);
    const inserts = asked.filter((one) => one.sql.startsWith('INSERT'));
    expect(inserts).toHaveLength(1);
    expect(inserts[0]?.sql).not.toContain('DROP');
    expect(Object.values(inserts[0]?.parameters ?? {}).map((one) => one.value)).toContain(row.errorMessage);
  });

  it('puts each value into its own column', () => {
    const { sql, parameters } = insertLedgerStatement(location, [row]);
    const columns = /\(([^)]*)\) VALUES/.exec(sql)?.[1]?.split(', ') ?? [];
    const values = /VALUES \((.*)\)$/.exec(sql)?.[1]?.split(', ') ?? [];
    const bound = Object.fromEntries(
      columns.map((column, index) => [
        column,
        values[index] === 'NULL' ? null : parameters[values[index]?.slice(1) ?? ''],
      ]),
    );
    for (const field of ledgerFields) {
      const [name, type] = ledgerColumns[field];
      expect({ name, bound: bound[name] }).toEqual({
        name,
        bound: row[field] === null ? null : { type, value: row[field] },
      });
    }
  });

  it('does not mix a number with a text that looks like it', () => {
    const { parameters } = insertLedgerStatement(location, [{ ...row, runId: '3' }]);
    const threes = Object.values(parameters).filter((one) => String(one.value) === '3');
    expect(new Set(threes.map((one) => one.type))).toEqual(new Set(['BIGINT', 'STRING']));
  });

  it('restartable: an event that is there already is not written again', async () => {
    const { asked, ledger } = fakeSql(['e1']);
    await ledger.append([row, { ...row, eventId: 'e2' }]);
    const insert = asked.find((one) => one.sql.startsWith('INSERT'));
    const values = Object.values(insert?.parameters ?? {}).map((one) => one.value);
    expect(values).toContain('e2');
    expect(values).not.toContain('e1');
    asked.length = 0;
    await ledger.append([row]);
    expect(asked.some((one) => one.sql.startsWith('INSERT'))).toBe(false);
  });

  it('tells an event once that a lost answer wrote twice, with all its tables', async () => {
    const table: LedgerRow = { ...row, tableName: 'a.b.c', hop: 'send' };
    const { ledger } = fakeSql([], [row, table, row, { ...table, hop: 'receive' }, table]);
    expect(await ledger.read({})).toEqual([row, table, { ...table, hop: 'receive' }]);
  });

  it('reads what was asked for, by parameters', () => {
    const { sql, parameters } = readLedgerStatement(location, {
      workspace: 'ws',
      group: "g'",
      events: ['sent', 'published'],
      groupRowsOnly: true,
      limit: 5,
    });
    expect(sql).toMatch(
      / WHERE workspace_name = :workspace_name AND group_name = :group_name AND event IN \(:event0, :event1\) AND table_name IS NULL ORDER BY recorded_at DESC, event_id DESC LIMIT 5$/,
    );
    expect(Object.values(parameters).map((one) => one.value)).toEqual(['ws', "g'", 'sent', 'published']);
  });

  it('finds nothing where no event is asked for', () => {
    expect(readLedgerStatement(location, { events: [] }).sql).toContain('WHERE FALSE');
  });

  it('refuses a row that is not understood, naming the column', () => {
    expect(() => ledgerRowOf({ ...stored(row), epoch: 'x' })).toThrow(/epoch/);
  });
});
