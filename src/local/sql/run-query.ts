import { typeText } from '../delta/index.js';
import type { Context } from './context.js';
import type { DuckRows } from './duck.js';
import { deltaTypeOf, resultValue } from './duck-types.js';
import { QuerySources } from './query-sources.js';
import type { StatementResult } from './statement.js';
import { translateQuery } from './translate.js';

/** SELECT, WITH, VALUES. */
export async function runQuery(context: Context, text: string): Promise<StatementResult> {
  return await context.compute(async (session) => {
    const sources = new QuerySources(context, session);
    return toResult(await session.query(await translateQuery(text, sources)));
  });
}

function toResult({ names, types, rows }: DuckRows): StatementResult {
  const deltaTypes = types.map(deltaTypeOf);
  return {
    columns: names.map((name, index) => ({ name, type: typeText(deltaTypes[index] ?? 'string') })),
    rows: rows.map((row) => row.map((value, index) => resultValue(value, deltaTypes[index] ?? 'string'))),
  };
}
