import type { StatementRunner, TaskStatement } from '../jobs/task-work.js';
import type { StatementManager } from '../server/statements.js';
import type { Warehouses } from '../server/warehouses.js';
import type { SqlEngine, StatementRequest } from '../sql/statement.js';

/**
 * How the region's runtime tells which job wrote a commit. `history`: notebooks write the struct `job` into the commit,
 * SQL tasks leave it to the query history (as on Databricks). `query-history`: all tasks run on a warehouse and leave it
 * to the query history. `none`: nobody tells.
 */
export type AttributionMode = 'history' | 'query-history' | 'none';

export interface StatementRunnerOptions {
  readonly engine: SqlEngine;
  readonly statements: StatementManager;
  readonly warehouses: Warehouses;
  /** The warehouse of tasks that name none, in mode `query-history`. */
  readonly defaultWarehouseId: string;
  readonly mode: () => AttributionMode;
}

/** Runs the statements of job tasks: notebooks straight on the SQL engine, SQL tasks on a warehouse like everybody's. */
export function statementRunner(options: StatementRunnerOptions): StatementRunner {
  return {
    async run(statement) {
      const mode = options.mode();
      const onWarehouse = mode === 'query-history' || (mode === 'history' && statement.warehouseId !== null);
      if (onWarehouse) await runOnWarehouse(options, statement);
      else await runAsNotebook(options.engine, statement, mode === 'history');
    },
  };
}

async function runAsNotebook(engine: SqlEngine, statement: TaskStatement, attributed: boolean): Promise<void> {
  await engine.execute({
    sql: statement.sql,
    parameters: namedParameters(statement),
    principal: statement.principal,
    attribution: attributed ? statement.job : null,
    statementId: null,
    signal: statement.signal,
  });
}

async function runOnWarehouse(options: StatementRunnerOptions, statement: TaskStatement): Promise<void> {
  const id = statement.warehouseId ?? options.defaultWarehouseId;
  const warehouse = options.warehouses.get(id);
  if (!warehouse) throw new Error(`SQL warehouse ${id} does not exist.`);
  const submitted = options.statements.submit({
    sql: statement.sql,
    warehouse,
    principal: statement.principal,
    parameters: namedParameters(statement),
    jobSource: {
      jobId: statement.job.jobId,
      jobRunId: statement.job.jobRunId,
      jobTaskRunId: statement.job.runId,
    },
  });
  const cancel = (): void => options.statements.cancel(submitted);
  statement.signal.addEventListener('abort', cancel, { once: true });
  try {
    await submitted.done;
  } finally {
    statement.signal.removeEventListener('abort', cancel);
  }
  if (submitted.state === 'SUCCEEDED') return;
  throw submitted.error instanceof Error ? submitted.error : new Error(`The statement ended ${submitted.state}.`);
}

function namedParameters({ parameters }: TaskStatement): NonNullable<StatementRequest['parameters']> {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, { value, type: 'STRING' }]));
}
