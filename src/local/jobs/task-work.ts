import { setTimeout as delay } from 'node:timers/promises';
import type { JobAttribution } from '../sql/statement.js';
import type { TaskSettings } from './job-settings.js';
import { splitStatements } from './sql-script.js';

/** One statement of a task, on its way to the region's SQL engine. */
export interface TaskStatement {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly principal: string;
  readonly job: JobAttribution;
  /** The SQL warehouse of a `sql_task`; null for a notebook, which has compute of its own. */
  readonly warehouseId: string | null;
  readonly signal: AbortSignal;
}

/** Carries a task's statements to the SQL engine. Resolves when the statement has succeeded, throws its error else. */
export interface StatementRunner {
  run(statement: TaskStatement): Promise<void>;
}

/** Ways to disturb a run. */
export interface RunOptions {
  /** Pause before each statement but the first of the run, milliseconds. */
  readonly stepDelayMs?: number;
  /** Key of a task that fails half-way, after it has written something. */
  readonly failAt?: string;
}

export interface ScriptWork {
  readonly task: TaskSettings;
  readonly script: string;
  readonly statement: Omit<TaskStatement, 'sql' | 'warehouseId' | 'signal'>;
  readonly options: RunOptions;
  readonly runner: StatementRunner;
  /** Waits while the region stalls. */
  readonly whenUp: (signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Path of the SQL file of a task; null for tasks of other kinds. */
export const scriptPath = (task: TaskSettings): string | null =>
  task.notebook_task?.notebook_path ?? task.sql_task?.file.path ?? null;

export const taskParameters = (task: TaskSettings): Readonly<Record<string, string>> =>
  task.notebook_task?.base_parameters ?? task.sql_task?.parameters ?? {};

/** Runs the statements of a task's SQL file one after the other. */
export async function runScript(work: ScriptWork): Promise<void> {
  const { task, options, signal } = work;
  const statements = splitStatements(work.script);
  // In the middle, so that a task of several commits leaves a half-written table behind.
  const failAfter = options.failAt === task.task_key ? Math.max(1, Math.floor(statements.length / 2)) : null;
  for (const [index, sql] of statements.entries()) {
    const isFirstOfRun = index === 0 && task.depends_on.length === 0;
    if (options.stepDelayMs && !isFirstOfRun) await delay(options.stepDelayMs, undefined, { signal });
    await work.whenUp(signal);
    signal.throwIfAborted();
    await work.runner.run({ ...work.statement, sql, warehouseId: task.sql_task?.warehouse_id ?? null, signal });
    if (failAfter === index + 1) {
      throw new Error(`Task ${task.task_key} was told to fail after ${failAfter} of ${statements.length} statements.`);
    }
  }
}
