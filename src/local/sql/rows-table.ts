import type { DataType, StructField } from '../delta/index.js';
import { typeText } from '../delta/index.js';
import type { DuckSession } from './duck.js';
import { duckName, duckString } from './duck.js';
import { duckTypeOf } from './duck-types.js';

/**
 * Keeps rows that are about to be written in a temporary table whose columns have exactly the target's names and types.
 * A value that does not fit and a NULL in a NOT NULL column are errors here, before any file exists.
 *
 * @param query DuckDB query with one column per field, in their order
 */
export async function createRowsTable(
  session: DuckSession,
  fields: readonly StructField[],
  query: string,
): Promise<string> {
  const table = session.newName();
  const inputs = fields.map((_, index) => `c${index}`);
  const columns = fields.map((field, index) => {
    const cast = `CAST(c${index} AS ${duckTypeOf(field.type)})`;
    const value = field.nullable ? cast : `dr_required(${cast}, ${duckString(field.name)})`;
    return `${value} AS ${duckName(field.name)}`;
  });
  await session.run(
    `CREATE TEMP TABLE ${table} AS SELECT ${columns.join(', ')} FROM (${query}) AS q(${inputs.join(', ')})`,
  );
  return table;
}

/** A value in the Databricks dialect, cast to a column's type. Nested types are cast when the row is kept. */
export function castText(value: string, type: DataType): string {
  return typeof type === 'string' ? `CAST((${value}) AS ${typeText(type)})` : `(${value})`;
}
