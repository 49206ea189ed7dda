import { z } from 'zod';
import type { Clock } from '../../clock.js';
import { SqlError } from '../../sql/statement.js';
import type { Principal } from '../backends.js';
import { ApiError, doesNotExist, invalidParameter, permissionDenied } from '../http/api-error.js';
import type { Route } from '../http/router.js';
import { parseSparkType } from '../spark-type.js';
import type { Statement, StatementManager } from '../statements.js';
import { manifestColumn, restValueText } from '../values.js';
import { endedWithin } from '../wait.js';
import type { Warehouse, Warehouses } from '../warehouses.js';
import { parseBody } from './parse.js';

/** "If the statement isn't polled for 15 minutes it is closed." Source: Statement Execution API. */
const idleLimitMs = 15 * 60_000;
const rowsPerChunk = 10_000;
const part = 'warehouse';
const base = '/api/2.0/sql/statements';

// What this engine can't do (row_limit, EXTERNAL_LINKS, …) is refused by name rather than ignored.
const submitSchema = z.strictObject({
  warehouse_id: z.string(),
  statement: z.string().min(1),
  catalog: z.string().optional(),
  schema: z.string().optional(),
  parameters: z
    .array(z.object({ name: z.string(), value: z.string().nullish(), type: z.string().default('STRING') }))
    .default([]),
  wait_timeout: z
    .string()
    .regex(/^\d+s$/, 'must be of the form 10s')
    .default('10s'),
  on_wait_timeout: z.enum(['CONTINUE', 'CANCEL']).default('CONTINUE'),
  disposition: z.enum(['INLINE']).default('INLINE'),
  format: z.enum(['JSON_ARRAY']).default('JSON_ARRAY'),
  query_tags: z.array(z.object({ key: z.string(), value: z.string().nullish() })).default([]),
});

/** The Statement Execution API. */
export function statementRoutes(options: {
  statements: StatementManager;
  warehouses: Warehouses;
  clock: Clock;
}): readonly Route[] {
  const { statements, warehouses, clock } = options;

  /** Anybody may ask for a statement, from any process, if it is theirs (or they are an administrator). */
  const find = (statementId: string, principal: Principal): Statement => {
    const statement = statements.get(statementId);
    if (!statement) throw doesNotExist(`Statement ${statementId} does not exist or is no longer kept.`);
    if (statement.submission.principal !== principal.name && !principal.admin) {
      throw permissionDenied(principal.name, 'CAN_VIEW', `statement ${statementId}`);
    }
    return statement;
  };

  return [
    {
      method: 'POST',
      path: base,
      part,
      async handle({ principal, body, note }) {
        const request = parseBody(submitSchema, body);
        const warehouse = usableWarehouse(warehouses, request.warehouse_id, principal);
        const waitMs = waitTimeoutMs(request.wait_timeout);
        const queryTags = Object.fromEntries(request.query_tags.map(({ key, value }) => [key, value ?? null]));
        const statement = statements.submit({
          sql: request.statement,
          warehouse,
          principal: principal.name,
          parameters: Object.fromEntries(
            request.parameters.map(({ name, value, type }) => [name, { value: value ?? null, type }]),
          ),
          ...(request.catalog !== undefined && { catalog: request.catalog }),
          ...(request.schema !== undefined && { schema: request.schema }),
          queryTags,
          idleLimitMs,
        });
        note({ statementId: statement.id, sql: request.statement, queryTags });
        if (waitMs > 0) await endedWithin(clock, waitMs, statement.done);
        if (waitMs > 0 && request.on_wait_timeout === 'CANCEL' && !statement.isTerminal) {
          statements.cancel(statement);
          await statement.done;
        }
        return answer(statement);
      },
    },
    {
      method: 'GET',
      path: `${base}/{id}`,
      part,
      handle({ principal, path, note }) {
        const statement = find(path.id ?? '', principal);
        note({ statementId: statement.id });
        return answer(statement);
      },
    },
    {
      method: 'POST',
      path: `${base}/{id}/cancel`,
      part,
      handle({ principal, path, note }) {
        const statement = find(path.id ?? '', principal);
        note({ statementId: statement.id });
        statements.cancel(statement);
        return {};
      },
    },
    {
      method: 'GET',
      path: `${base}/{id}/result/chunks/{index}`,
      part,
      handle({ principal, path }) {
        const statement = find(path.id ?? '', principal);
        const index = Number(path.index);
        if (!statement.result)
          throw new ApiError(404, 'NOT_FOUND', `Statement ${statement.id} has no result (${statement.state}).`);
        if (!Number.isInteger(index) || index < 0 || index >= chunkCount(statement.result.rows.length)) {
          throw invalidParameter(`Statement ${statement.id} has no chunk ${path.index}.`);
        }
        return chunk(statement, index);
      },
    },
  ];
}

/** @throws ApiError if there is no such warehouse, or the principal may not use it. */
export function usableWarehouse(warehouses: Warehouses, warehouseId: string, principal: Principal): Warehouse {
  const warehouse = warehouses.get(warehouseId);
  if (!warehouse) throw doesNotExist(`SQL warehouse ${warehouseId} does not exist.`);
  if (!principal.canUseWarehouses && !principal.admin) {
    throw permissionDenied(principal.name, 'CAN_USE', `SQL warehouse ${warehouseId}`);
  }
  return warehouse;
}

function waitTimeoutMs(text: string): number {
  const seconds = Number(text.slice(0, -1));
  if (seconds !== 0 && (seconds < 5 || seconds > 50)) {
    throw invalidParameter(`wait_timeout must be 0s or between 5s and 50s, not ${text}.`);
  }
  return seconds * 1000;
}

function answer(statement: Statement): unknown {
  const { id: statementId, state, result } = statement;
  return {
    statement_id: statementId,
    status: { state, ...(state === 'FAILED' && failure(statement.error)) },
    ...(state === 'SUCCEEDED' && result && { manifest: manifest(statement), result: chunk(statement, 0) }),
  };
}

/** A statement that failed is answered with HTTP 200; the reason stands inside. */
function failure(error: unknown): object {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof SqlError)) return { error: { error_code: 'INTERNAL_ERROR', message } };
  const errorCode = error.errorClass === 'INTERNAL_ERROR' ? 'INTERNAL_ERROR' : 'BAD_REQUEST';
  return { error: { error_code: errorCode, message }, sql_state: error.sqlState };
}

const chunkCount = (rows: number): number => Math.max(1, Math.ceil(rows / rowsPerChunk));

function manifest({ result }: Statement): unknown {
  const { columns, rows } = result ?? { columns: [], rows: [] };
  return {
    format: 'JSON_ARRAY',
    schema: { column_count: columns.length, columns: columns.map(manifestColumn) },
    total_chunk_count: chunkCount(rows.length),
    chunks: Array.from({ length: chunkCount(rows.length) }, (_, i) => ({
      chunk_index: i,
      row_offset: i * rowsPerChunk,
      row_count: Math.min(rowsPerChunk, rows.length - i * rowsPerChunk),
    })),
    total_row_count: rows.length,
    truncated: false,
  };
}

function chunk({ id: statementId, result }: Statement, index: number): unknown {
  const { columns, rows } = result ?? { columns: [], rows: [] };
  const from = index * rowsPerChunk;
  const types = columns.map((column) => parseSparkType(column.type));
  const slice = rows.slice(from, from + rowsPerChunk);
  const next = from + slice.length < rows.length ? index + 1 : undefined;
  return {
    chunk_index: index,
    row_offset: from,
    row_count: slice.length,
    data_array: slice.map((row) => types.map((type, i) => restValueText(row[i], type))),
    next_chunk_index: next,
    next_chunk_internal_link: next === undefined ? undefined : `${base}/${statementId}/result/chunks/${next}`,
  };
}
