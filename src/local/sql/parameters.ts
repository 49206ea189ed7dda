import { unsupported } from './errors.js';
import type { StatementRequest } from './statement.js';
import { SqlError } from './statement.js';
import { tokenize } from './tokens.js';

/** Types that a parameter may have, as the Statement Execution API writes them. */
const PARAMETER_TYPE =
  /^(STRING|BIGINT|LONG|INT|INTEGER|SMALLINT|SHORT|TINYINT|BYTE|DOUBLE|FLOAT|BOOLEAN|DATE|TIMESTAMP|TIMESTAMP_NTZ|DECIMAL(\(\d+,\s*\d+\))?|VOID)$/i;

/** Sources: the server's message below, and docs/parameters.md of the Databricks SQL Connector for Python. */
const mostParameters = 256;
const mostParameterBytes = 1024 * 1024;

function checkSize(parameters: NonNullable<StatementRequest['parameters']>): void {
  const values = Object.values(parameters);
  if (values.length > mostParameters) {
    throw new SqlError(
      'BAD_REQUEST',
      '54000',
      `Parameterized query has too many parameters: ${values.length} parameters were given but the limit is ${mostParameters}.`,
    );
  }
  const bytes = values.reduce((sum, { value }) => sum + Buffer.byteLength(value ?? ''), 0);
  if (bytes > mostParameterBytes) {
    throw new SqlError('BAD_REQUEST', '54000', `All parameterized values together exceed 1 MB: ${bytes} bytes.`);
  }
}

/** Replaces each parameter marker `:name` by its value as a literal: a value can't become anything else. */
export function bindParameters(sql: string, parameters: StatementRequest['parameters'] = {}): string {
  checkSize(parameters);
  const markers = tokenize(sql).filter((token) => token.kind === 'parameter');
  let bound = sql;
  for (const marker of markers.toReversed()) {
    const parameter = parameters[marker.text];
    if (parameter === undefined) {
      throw new SqlError(
        'UNBOUND_SQL_PARAMETER',
        '42P02',
        `Found the unbound parameter: ${marker.text}. Please, fix \`args\` and provide a mapping of the parameter to a SQL literal.`,
      );
    }
    bound = bound.slice(0, marker.start) + literalOf(parameter.value, parameter.type) + bound.slice(marker.end);
  }
  return bound;
}

function literalOf(value: string | null, type: string): string {
  if (!PARAMETER_TYPE.test(type)) throw unsupported(`parameters of type ${type}`);
  if (type.toUpperCase() === 'VOID') return 'NULL';
  if (value === null) return `CAST(NULL AS ${type})`;
  if (/^(INT|INTEGER)$/i.test(type) && /^-?\d+$/.test(value)) return value;
  const text = stringLiteral(value);
  return type.toUpperCase() === 'STRING' ? text : `CAST(${text} AS ${type})`;
}

/** A string literal of the Databricks dialect. */
function stringLiteral(text: string): string {
  return `'${text.replace(/[\\']/g, (character) => `\\${character}`)}'`;
}
