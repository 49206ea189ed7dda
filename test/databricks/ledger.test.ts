import { describe, expect, it } from 'vitest';
import type { Row, Sql, SqlParameters } from '../../src/databricks/api.js';
import { createLedger } from '../../src/databricks/ledger.js';
import { ledgerColumns, ledgerFields, ledgerRowOf } from '../../src/databricks/ledger-columns.js';
import { insertLedgerStatement, readLedgerStatement } from '../../src/databricks/ledger-statements.js';
import type { LedgerRow } from '../../src/domain/ledger.js';
import { largestManifest } from '../support/large-manifest.js';

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
const storedRow = (from: LedgerRow): Row =>
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
    return sql.startsWith('SELECT') ? rows.map(storedRow) : [];
  };
  const sql: Sql = { query, use: (work) => work({ query }) };
  return { asked, ledger: createLedger(sql, location) };
}

describe('the ledger', () => {
  it('gives back every field as it was written', () => {
    expect(ledgerRowOf(storedRow(row))).toEqual(row);
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
    const written = Object.fromEntries(
      columns.map((column, index) => {
        const value = values[index] ?? '';
        return [column, value.startsWith(':') ? parameters[value.slice(1)] : value];
      }),
    );
    for (const field of ledgerFields) {
      const [name, type] = ledgerColumns[field];
      const value = row[field];
      const expected = value === null ? 'NULL' : type === 'BIGINT' ? String(value) : { type, value };
      expect({ name, written: written[name] }).toEqual({ name, written: expected });
    }
  });

  it('does not mix a time with a text that looks like it', () => {
    const { parameters } = insertLedgerStatement(location, [{ ...row, runId: String(row.recordedAt) }]);
    const same = Object.values(parameters).filter((one) => String(one.value) === String(row.recordedAt));
    expect(new Set(same.map((one) => one.type))).toEqual(new Set(['TIMESTAMP', 'STRING']));
  });

  it('refuses a number that is none', () => {
    expect(() => insertLedgerStatement(location, [{ ...row, epoch: Number.NaN }])).toThrow('not a whole number');
  });

  it('splits a thousand tables into statements that a warehouse takes, the group row in the last one', async () => {
    const tables = Array.from({ length: 1000 }, (_, index) => ({
      ...row,
      eventId: `s1/sent/catalog.schema.table_${index}`,
      tableName: `catalog.schema.table_${index}`,
      tableId: `id-${index}`,
      sourceVersion: index,
      hop: 'send' as const,
      detail: null,
    }));
    const { asked, ledger } = fakeSql();
    await ledger.append([row, ...tables]);
    const inserts = asked.filter((one) => one.sql.startsWith('INSERT'));
    for (const { parameters } of asked) expect(Object.keys(parameters).length).toBeLessThanOrEqual(256);
    const idsOf = ({ parameters }: { parameters: SqlParameters }) =>
      Object.values(parameters).flatMap(({ value }) =>
        value === 'e1' || /^s1\/sent/.test(String(value)) ? [value] : [],
      );
    expect(inserts.flatMap(idsOf)).toEqual([...tables.map(({ eventId }) => eventId), 'e1']);
    expect(inserts.length).toBeLessThan(20);
  });

  it('restartable: what was split and written in part is completed, and nothing is there twice', async () => {
    const tables = Array.from({ length: 200 }, (_, index) => ({
      ...row,
      eventId: `t${index}`,
      tableName: `a.b.t${index}`,
    }));
    const { asked, ledger } = fakeSql(tables.slice(0, 120).map(({ eventId }) => eventId));
    await ledger.append([row, ...tables]);
    const values = asked
      .filter((one) => one.sql.startsWith('INSERT'))
      .flatMap(({ parameters }) => Object.values(parameters).map(({ value }) => value));
    expect(values).not.toContain('t119');
    expect(values).toContain('t120');
    expect(values).toContain('e1');
  });

  it('stores a manifest of a thousand tables within the limit of a statement, and gives it back', () => {
    const detail = JSON.stringify(largestManifest());
    expect(detail.length).toBeGreaterThan(1024 * 1024);
    const { parameters } = insertLedgerStatement(location, [{ ...row, detail }]);
    const bytes = Object.values(parameters).reduce((sum, { value }) => sum + Buffer.byteLength(String(value)), 0);
    expect(bytes).toBeLessThan(900_000);
    const stored = Object.values(parameters).find(({ value }) => String(value).startsWith('gzip:'))?.value;
    expect(ledgerRowOf({ ...storedRow(row), detail: stored }).detail).toBe(detail);
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
    expect(() => ledgerRowOf({ ...storedRow(row), epoch: 'x' })).toThrow(/epoch/);
  });
});
