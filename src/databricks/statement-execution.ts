/** Long statements by the Statement Execution API: any process can look at them, so that they outlive a worker. */
import { z } from 'zod';
import { DrError } from '../domain/failure.js';
import type { SqlParameter, SqlParameters, StatementState, Statements, Warehouse } from './api.js';
import { createQueryHistory } from './query-history.js';
import type { RestClient } from './rest-client.js';
import { castSqlFailure } from './sql-failures.js';

const statementAnswer = z.object({
  statement_id: z.string(),
  status: z.object({
    state: z.string(),
    sql_state: z.string().optional(),
    error: z.object({ error_code: z.string().optional(), message: z.string().optional() }).optional(),
  }),
  manifest: z
    .object({ schema: z.object({ columns: z.array(z.object({ name: z.string() })).optional() }).optional() })
    .optional(),
  result: z.object({ data_array: z.array(z.array(z.string().nullable())).optional() }).optional(),
});
type StatementAnswer = z.infer<typeof statementAnswer>;

const right = 'CAN USE on the SQL warehouse';

/** @param principal for messages: whose token `rest` carries */
export function createStatements(rest: RestClient, warehouse: Warehouse, principal: string): Statements {
  const about = (statementId: string) =>
    ({ object: `statement ${statementId}`, right, notFound: 'STATEMENT_FAILED', part: 'warehouse' }) as const;

  return {
    ...createQueryHistory(rest, warehouse),

    async submit({ sql, tags, parameters = {} }) {
      const answer = await rest.call({
        method: 'POST',
        path: '/api/2.0/sql/statements',
        body: {
          warehouse_id: await warehouse.id(),
          statement: sql,
          wait_timeout: '0s',
          on_wait_timeout: 'CONTINUE',
          format: 'JSON_ARRAY',
          disposition: 'INLINE',
          parameters: restParameters(parameters),
          query_tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
        },
        answer: statementAnswer,
        subject: {
          object: `SQL warehouse ${await warehouse.id()}`,
          right: 'CAN USE',
          notFound: 'WAREHOUSE_UNAVAILABLE',
          part: 'warehouse',
        },
      });
      return answer.statement_id;
    },

    async get(statementId) {
      const path = `/api/2.0/sql/statements/${encodeURIComponent(statementId)}`;
      try {
        return stateOf(
          await rest.call({ method: 'GET', path, answer: statementAnswer, subject: about(statementId) }),
          rest.host,
          principal,
        );
      } catch (failure) {
        if (isNotFound(failure)) return { state: 'unknown' };
        throw failure;
      }
    },

    async cancel(statementId) {
      const path = `/api/2.0/sql/statements/${encodeURIComponent(statementId)}/cancel`;
      try {
        await rest.call({ method: 'POST', path, body: {}, answer: z.unknown(), subject: about(statementId) });
      } catch (failure) {
        // Over long ago: nothing is left to cancel.
        if (!isNotFound(failure)) throw failure;
      }
    },
  };
}

const isNotFound = (failure: unknown): boolean => failure instanceof DrError && failure.code === 'STATEMENT_FAILED';

function stateOf(answer: StatementAnswer, host: string, principal: string): StatementState {
  const { state, error, sql_state: sqlState } = answer.status;
  switch (state) {
    case 'PENDING':
      return { state: 'pending' };
    case 'RUNNING':
      return { state: 'running' };
    case 'SUCCEEDED':
      return { state: 'succeeded', rows: rowsOf(answer) };
    case 'CANCELED':
      return { state: 'canceled' };
    case 'CLOSED':
      return { state: 'closed' };
    case 'FAILED': {
      const message = [error?.error_code, error?.message].filter((part) => part !== undefined).join(': ');
      const context = { statement: `Statement ${answer.statement_id}`, host, principal };
      return { state: 'failed', error: castSqlFailure({ message, sqlState: sqlState ?? null }, context) };
    }
    default:
      throw new DrError(
        'UNEXPECTED_ANSWER',
        `Statement ${answer.statement_id} on ${host} is in a state that is not known.`,
      );
  }
}

/** Only the first chunk: the answers of clones and VACUUM are one row, or none. */
function rowsOf(answer: StatementAnswer): readonly Readonly<Record<string, string | null>>[] {
  const names = (answer.manifest?.schema?.columns ?? []).map((column) => column.name);
  return (answer.result?.data_array ?? []).map((values) =>
    Object.fromEntries(names.map((name, index) => [name, values[index] ?? null])),
  );
}

const restParameters = (parameters: SqlParameters): readonly unknown[] =>
  Object.entries(parameters).map(([name, parameter]) => ({ name, type: parameter.type, ...restValue(parameter) }));

/** A value that is left out is NULL. */
const restValue = ({ type, value }: SqlParameter): { value?: string } => {
  if (value === null) return {};
  return { value: type === 'TIMESTAMP' ? new Date(Number(value)).toISOString() : String(value) };
};
