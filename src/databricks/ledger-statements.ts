import type { LedgerRow } from '../domain/ledger.js';
import type { ReadLedgerOptions, SqlParameter, SqlParameters } from './api.js';
import { atPath, checkedVersion, quoteTable } from './identifiers.js';
import { ledgerColumns, ledgerFields, parameterOf } from './ledger-columns.js';

/** A statement with the values that go beside it, never into it. */
export interface BoundStatement {
  readonly sql: string;
  readonly parameters: SqlParameters;
}

const columnNames = ledgerFields.map((field) => ledgerColumns[field][0]).join(', ');

/** Append-only, and compacted by the warehouse itself: every event is a small file. */
export const createLedgerStatement = (location: string): string =>
  `CREATE TABLE IF NOT EXISTS ${quoteTable(atPath(location))} ` +
  `(${ledgerFields.map((field) => ledgerColumns[field].join(' ')).join(', ')}) USING DELTA ` +
  "TBLPROPERTIES ('delta.appendOnly' = 'true', 'delta.autoOptimize.autoCompact' = 'true', " +
  "'delta.autoOptimize.optimizeWrite' = 'true')";

/**
 * One INSERT of all rows: an event is there as a whole or not at all. Equal values share a parameter and NULLs are
 * written out, for the number of parameters of a statement is limited.
 */
export function insertLedgerStatement(location: string, rows: readonly LedgerRow[]): BoundStatement {
  const names = new Map<string, string>();
  const parameters: Record<string, SqlParameter> = {};
  const placeholder = (parameter: SqlParameter): string => {
    if (parameter.value === null) return 'NULL';
    const key = `${parameter.type} ${String(parameter.value)}`;
    const known = names.get(key);
    if (known !== undefined) return known;
    const name = `p${names.size}`;
    names.set(key, `:${name}`);
    parameters[name] = parameter;
    return `:${name}`;
  };
  const tuples = rows.map((row) => `(${ledgerFields.map((field) => placeholder(parameterOf(row, field))).join(', ')})`);
  return {
    sql: `INSERT INTO ${quoteTable(atPath(location))} (${columnNames}) VALUES ${tuples.join(', ')}`,
    parameters,
  };
}

const texts = (prefix: string, values: readonly string[]): { list: string; parameters: SqlParameters } => ({
  list: values.map((_, index) => `:${prefix}${index}`).join(', '),
  parameters: Object.fromEntries(
    values.map((value, index) => [`${prefix}${index}`, { type: 'STRING', value } as const]),
  ),
});

/** Which of these events the ledger has. */
export function knownEventsStatement(location: string, eventIds: readonly string[]): BoundStatement {
  const { list, parameters } = texts('e', eventIds);
  return {
    sql: `SELECT DISTINCT event_id FROM ${quoteTable(atPath(location))} WHERE event_id IN (${list})`,
    parameters,
  };
}

const defaultRows = 1000;

export function readLedgerStatement(location: string, options: ReadLedgerOptions): BoundStatement {
  const conditions: string[] = [];
  const parameters: Record<string, SqlParameter> = {};
  const equal = (column: string, value: string | undefined): void => {
    if (value === undefined) return;
    conditions.push(`${column} = :${column}`);
    parameters[column] = { type: 'STRING', value };
  };
  equal('workspace_name', options.workspace);
  equal('group_name', options.group);
  if (options.events !== undefined) {
    const events = texts('event', options.events);
    // An empty choice chooses nothing; `IN ()` would be no SQL.
    conditions.push(options.events.length === 0 ? 'FALSE' : `event IN (${events.list})`);
    Object.assign(parameters, events.parameters);
  }
  if (options.groupRowsOnly === true) conditions.push('table_name IS NULL');
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  return {
    sql:
      `SELECT ${columnNames} FROM ${quoteTable(atPath(location))}${where} ` +
      `ORDER BY recorded_at DESC, event_id DESC LIMIT ${checkedVersion(options.limit ?? defaultRows)}`,
    parameters,
  };
}
