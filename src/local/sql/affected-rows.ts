import type { StatementResult } from './statement.js';

/** The answer of DML statements: counts by column name, as Databricks SQL gives them. */
export function counts(values: Readonly<Record<string, number>>): StatementResult {
  return {
    columns: Object.keys(values).map((name) => ({ name, type: 'bigint' })),
    rows: [Object.values(values).map(BigInt)],
  };
}

export const noRows: StatementResult = { columns: [], rows: [] };
