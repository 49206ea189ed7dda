import { z } from 'zod';
import type { Clock } from '../../clock.js';
import type { Route } from '../http/router.js';
import type { Statement, StatementManager, StatementState } from '../statements.js';
import { page, parseQuery, queryBoolean, queryInteger, queryList } from './parse.js';

/** Source: query history API, `status`. A statement that waits for its warehouse is QUEUED. */
const historyStates: Readonly<Record<StatementState, string>> = {
  PENDING: 'QUEUED',
  RUNNING: 'RUNNING',
  SUCCEEDED: 'FINISHED',
  FAILED: 'FAILED',
  CANCELED: 'CANCELED',
  CLOSED: 'FINISHED',
};

// Nested parameters travel as `filter_by.statuses=A&filter_by.statuses=B`, as Databricks' own SDKs flatten them.
const querySchema = z.object({
  'filter_by.warehouse_ids': queryList.optional(),
  'filter_by.statuses': queryList.optional(),
  'filter_by.statement_ids': queryList.optional(),
  'filter_by.user_ids': queryList.optional(),
  'filter_by.query_start_time_range.start_time_ms': queryInteger.optional(),
  'filter_by.query_start_time_range.end_time_ms': queryInteger.optional(),
  max_results: queryInteger.pipe(z.int().min(1).max(1000)).default(100),
  page_token: z.string().optional(),
  include_metrics: queryBoolean.optional(),
});

/**
 * What ran on the region's warehouses.
 *
 * @param lagMs how long a statement needs to appear, as Databricks' history does.
 */
export function queryHistoryRoutes(options: {
  statements: StatementManager;
  clock: Clock;
  lagMs: number;
}): readonly Route[] {
  const { statements, clock, lagMs } = options;
  return [
    {
      method: 'GET',
      path: '/api/2.0/sql/history/queries',
      part: 'warehouse',
      handle({ principal, query }) {
        const filter = parseQuery(querySchema, query);
        const wanted = statements
          .history()
          .filter((statement) => clock.now() - statement.submittedAt >= lagMs)
          .filter(
            (statement) =>
              principal.admin || principal.canMonitorWarehouses || statement.submission.principal === principal.name,
          )
          .filter((statement) => matches(statement, filter))
          .toReversed();
        const { items, nextPageToken } = page(wanted, filter.max_results, filter.page_token);
        return { res: items.map(wire), has_next_page: nextPageToken !== undefined, next_page_token: nextPageToken };
      },
    },
  ];
}

function matches(statement: Statement, filter: z.infer<typeof querySchema>): boolean {
  const { submission, submittedAt } = statement;
  const within = (values: readonly string[] | undefined, value: string) => !values?.length || values.includes(value);
  return (
    within(filter['filter_by.warehouse_ids'], submission.warehouse.spec.id) &&
    within(filter['filter_by.statuses'], historyStates[statement.state]) &&
    within(filter['filter_by.statement_ids'], statement.id) &&
    submittedAt >= (filter['filter_by.query_start_time_range.start_time_ms'] ?? 0) &&
    submittedAt <= (filter['filter_by.query_start_time_range.end_time_ms'] ?? Number.MAX_SAFE_INTEGER)
  );
}

function wire(statement: Statement): unknown {
  const { submission, submittedAt, endedAt } = statement;
  const { jobSource, editorQueryId } = submission;
  return {
    query_id: statement.id,
    status: historyStates[statement.state],
    query_text: submission.sql,
    query_tags: Object.entries(submission.queryTags ?? {}).map(([key, value]) => ({ key, value: value ?? undefined })),
    query_start_time_ms: submittedAt,
    execution_end_time_ms: endedAt ?? undefined,
    query_end_time_ms: endedAt ?? undefined,
    duration: endedAt === null ? undefined : endedAt - submittedAt,
    is_final: statement.isTerminal,
    error_message: statement.error instanceof Error ? statement.error.message : undefined,
    user_name: submission.principal,
    executed_as_user_name: submission.principal,
    warehouse_id: submission.warehouse.spec.id,
    endpoint_id: submission.warehouse.spec.id,
    statement_type: /^\s*([a-z]+)/i.exec(submission.sql)?.[1]?.toUpperCase() ?? 'OTHER',
    query_source: {
      ...(jobSource && {
        job_info: {
          job_id: jobSource.jobId,
          job_run_id: jobSource.jobRunId,
          job_task_run_id: jobSource.jobTaskRunId,
        },
      }),
      ...(editorQueryId !== undefined && { sql_query_id: editorQueryId }),
    },
  };
}
