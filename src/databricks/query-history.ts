/** What ran on a warehouse: the way to find a statement whose id was lost, or that nobody was to wait for. */
import { z } from 'zod';
import type { StatementRecord, Statements, Tags, Warehouse } from './api.js';
import { allOf } from './paging.js';
import type { QueryValue, RestClient } from './rest-client.js';

const tag = z.object({ key: z.string(), value: z.string().nullish() });

const historyPage = z.object({
  res: z
    .array(
      z.object({
        query_id: z.string(),
        status: z.string().optional(),
        query_tags: z.array(tag).optional(),
        query_start_time_ms: z.int().optional(),
        execution_end_time_ms: z.int().optional(),
        query_end_time_ms: z.int().optional(),
        error_message: z.string().optional(),
        query_source: z
          .object({
            job_info: z
              .object({
                job_id: z.coerce.string().optional(),
                job_run_id: z.coerce.string().optional(),
                job_task_run_id: z.coerce.string().optional(),
              })
              .nullish(),
            /** The query of the SQL editor that it was. Source: `ExternalQuerySource` of Databricks' SDKs. */
            sql_query_id: z.string().nullish(),
          })
          .nullish(),
      }),
    )
    .optional(),
  has_next_page: z.boolean().optional(),
  next_page_token: z.string().optional(),
});
type Query = NonNullable<z.infer<typeof historyPage>['res']>[number];

const endedStatuses = ['FINISHED', 'FAILED', 'CANCELED', 'CLOSED'];
const liveStatuses = ['QUEUED', 'STARTED', 'COMPILING', 'COMPILED', 'RUNNING'];
/** The longest time that a warehouse lets a statement live, by its default STATEMENT_TIMEOUT. */
const longestStatementMs = 172_800_000;
const perPage = 200;
/** Ids per request: they travel in the query string. */
const idsPerRequest = 50;

type QueryHistory = Pick<Statements, 'findByTags' | 'listLive' | 'lookUp'>;

/**
 * A principal sees its own statements, and those of others with CAN MONITOR on the warehouse: look with the role that
 * submitted.
 */
export function createQueryHistory(rest: RestClient, warehouse: Warehouse): QueryHistory {
  async function list(filter: Record<string, QueryValue>): Promise<readonly StatementRecord[]> {
    const warehouseId = await warehouse.id();
    const queries = await allOf(`statements of SQL warehouse ${warehouseId}`, async (token) => {
      const page = await rest.call({
        method: 'GET',
        path: '/api/2.0/sql/history/queries',
        query: { ...filter, max_results: perPage, page_token: token },
        answer: historyPage,
        subject: { object: `query history of SQL warehouse ${warehouseId}`, right: 'CAN MONITOR', part: 'warehouse' },
      });
      return { items: page.res ?? [], next: page.has_next_page === false ? undefined : page.next_page_token };
    });
    return queries.map(recordOf).sort((a, b) => b.startTime - a.startTime);
  }

  const findByTags: QueryHistory['findByTags'] = async (tags, { sinceMs, liveOnly = false }) => {
    const records = await list({
      'filter_by.warehouse_ids': [await warehouse.id()],
      // All in one request: between two of them a statement would move on and be missed.
      ...(liveOnly && { 'filter_by.statuses': liveStatuses }),
      'filter_by.query_start_time_range.start_time_ms': sinceMs,
    });
    return records.filter((record) => carries(record.tags, tags));
  };

  return {
    findByTags,

    async listLive(tags) {
      const found = await findByTags(tags, { sinceMs: Date.now() - longestStatementMs, liveOnly: true });
      return found.filter(({ live }) => live);
    },

    async lookUp(statementIds) {
      const found = new Map<string, StatementRecord>();
      for (let start = 0; start < statementIds.length; start += idsPerRequest) {
        const records = await list({ 'filter_by.statement_ids': statementIds.slice(start, start + idsPerRequest) });
        for (const record of records) found.set(record.statementId, record);
      }
      return found;
    },
  };
}

const carries = (tags: Tags, wanted: Tags): boolean =>
  Object.entries(wanted).every(([key, value]) => tags[key] === value);

function recordOf(query: Query): StatementRecord {
  const status = query.status ?? 'UNKNOWN';
  const job = query.query_source?.job_info;
  return {
    statementId: query.query_id,
    status,
    live: !endedStatuses.includes(status),
    tags: Object.fromEntries((query.query_tags ?? []).map(({ key, value }) => [key, value ?? ''])),
    startTime: query.query_start_time_ms ?? 0,
    endTime: query.execution_end_time_ms ?? query.query_end_time_ms ?? null,
    errorMessage: query.error_message ?? null,
    job:
      job?.job_id === undefined
        ? null
        : { jobId: job.job_id, jobRunId: job.job_run_id ?? null, taskRunId: job.job_task_run_id ?? null },
    fromEditor: Boolean(query.query_source?.sql_query_id),
  };
}
