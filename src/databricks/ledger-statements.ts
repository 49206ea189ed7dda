import type { LedgerRow } from '../domain/ledger.js';
import type { ListLedgerOptions, ReadLedgerOptions, SqlParameter, SqlParameters } from './api.js';
import { atPath, checkedInteger, checkedVersion, quoteTable } from './identifiers.js';
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
 * What a statement may carry beside its text: 256 parameters, "all parameterized values" 1 MB. Sources: the server's
 * message "Parameterized query has too many parameters" (databricks/databricks-sqlalchemy issue 24); Databricks SQL
 * Connector for Python, docs/parameters.md. A little less, for the names count as well.
 */
const mostParameters = 250;
const mostParameterBytes = 900_000;

/** Equal values share a parameter; numbers and NULLs are written out. */
function sqlValue(parameter: SqlParameter, bind: (parameter: SqlParameter) => string): string {
  if (parameter.value === null) return 'NULL';
  return parameter.type === 'BIGINT' ? checkedInteger(parameter.value) : bind(parameter);
}

const keyOf = ({ type, value }: SqlParameter): string => `${type} ${String(value)}`;

/** Splits rows, in their order, so that the parameters of each part's INSERT fit into one statement. */
export function insertableParts(rows: readonly LedgerRow[]): readonly (readonly LedgerRow[])[] {
  const parts: LedgerRow[][] = [];
  let bound = new Set<string>();
  let bytes = 0;
  for (const row of rows) {
    const keys = new Set<string>();
    for (const field of ledgerFields) {
      sqlValue(parameterOf(row, field), (parameter) => {
        keys.add(keyOf(parameter));
        return '';
      });
    }
    const sizeOf = (key: string): number => Buffer.byteLength(key);
    let added = [...keys].filter((key) => !bound.has(key));
    const addedBytes = added.reduce((sum, key) => sum + sizeOf(key), 0);
    const part = parts.at(-1);
    if (part && bound.size + added.length <= mostParameters && bytes + addedBytes <= mostParameterBytes) {
      part.push(row);
    } else {
      parts.push([row]);
      bound = new Set();
      bytes = 0;
      added = [...keys];
    }
    for (const key of added) {
      bound.add(key);
      bytes += sizeOf(key);
    }
  }
  return parts;
}

/** One INSERT of rows that fit into one statement, see `insertableParts`. */
export function insertLedgerStatement(location: string, rows: readonly LedgerRow[]): BoundStatement {
  const names = new Map<string, string>();
  const parameters: Record<string, SqlParameter> = {};
  const bind = (parameter: SqlParameter): string => {
    const known = names.get(keyOf(parameter));
    if (known !== undefined) return known;
    const name = `p${names.size}`;
    names.set(keyOf(parameter), `:${name}`);
    parameters[name] = parameter;
    return `:${name}`;
  };
  const tuples = rows.map(
    (row) => `(${ledgerFields.map((field) => sqlValue(parameterOf(row, field), bind)).join(', ')})`,
  );
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
  equal('direction', options.direction);
  if (options.events !== undefined) {
    const events = texts('event', options.events);
    // An empty choice chooses nothing; `IN ()` would be no SQL.
    conditions.push(options.events.length === 0 ? 'FALSE' : `event IN (${events.list})`);
    Object.assign(parameters, events.parameters);
  }
  if (options.groupRowsOnly === true) conditions.push('table_name IS NULL');
  if (options.recordedAt !== undefined) {
    const instants = options.recordedAt.map((value, index) => [`at${index}`, { type: 'TIMESTAMP', value }] as const);
    conditions.push(`recorded_at IN (${instants.map(([name]) => `:${name}`).join(', ')})`);
    Object.assign(parameters, Object.fromEntries(instants));
  }
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  return {
    sql:
      `SELECT ${columnNames} FROM ${quoteTable(atPath(location))}${where} ` +
      `ORDER BY recorded_at DESC, event_id DESC LIMIT ${checkedVersion(options.limit ?? defaultRows)}`,
    parameters,
  };
}

/** Ids and times of a group's events, oldest first. */
export function listEventsStatement(location: string, options: ListLedgerOptions): BoundStatement {
  const { workspace, group, since, limit } = options;
  return {
    sql:
      `SELECT event_id, recorded_at FROM ${quoteTable(atPath(location))} WHERE workspace_name = :workspace_name ` +
      'AND group_name = :group_name AND table_name IS NULL AND recorded_at >= :since ' +
      `ORDER BY recorded_at, event_id LIMIT ${checkedVersion(limit)}`,
    parameters: {
      workspace_name: { type: 'STRING', value: workspace },
      group_name: { type: 'STRING', value: group },
      since: { type: 'TIMESTAMP', value: since },
    },
  };
}
