import { z } from 'zod';
import type { JobSettings } from '../server/backends.js';
import { BackendError } from '../server/backends.js';

const pauseStatus = z.enum(['PAUSED', 'UNPAUSED']);
const count = z.number().int().nonnegative();

const texts = z.record(z.string(), z.string()).default({});

/** What a task does: one of these. */
const work = {
  notebook_task: z.looseObject({ notebook_path: z.string(), base_parameters: texts }).optional(),
  sql_task: z
    .looseObject({ file: z.looseObject({ path: z.string() }), warehouse_id: z.string(), parameters: texts })
    .optional(),
  run_job_task: z
    .looseObject({
      job_id: z.union([z.string(), z.number(), z.bigint()]).transform(String),
      job_parameters: texts,
    })
    .optional(),
};

const iteration = z.looseObject({ task_key: z.string().min(1), ...work });

const task = z.looseObject({
  task_key: z.string().min(1),
  depends_on: z.array(z.looseObject({ task_key: z.string() })).default([]),
  run_if: z.enum(['ALL_SUCCESS', 'ALL_DONE', 'AT_LEAST_ONE_SUCCESS', 'NONE_FAILED']).default('ALL_SUCCESS'),
  max_retries: count.default(0),
  min_retry_interval_millis: count.default(0),
  ...work,
  /** `inputs`: a JSON array as text; a reference to a job parameter is not resolved here. */
  for_each_task: z
    .looseObject({ inputs: z.string(), concurrency: count.min(1).max(100).default(1), task: iteration })
    .optional(),
});

/** Source: Jobs API 2.2, `FileArrivalTriggerConfiguration`. */
const fileArrival = z.looseObject({
  url: z.string(),
  min_time_between_triggers_seconds: count.min(60).default(0),
  wait_after_last_change_seconds: count.min(60).default(0),
});

const settings = z.looseObject({
  name: z.string().min(1),
  tasks: z.array(task).default([]),
  schedule: z
    .looseObject({
      quartz_cron_expression: z.string(),
      timezone_id: z.string(),
      pause_status: pauseStatus.default('UNPAUSED'),
    })
    .optional(),
  trigger: z
    .looseObject({ pause_status: pauseStatus.default('UNPAUSED'), file_arrival: fileArrival.optional() })
    .optional(),
  continuous: z.looseObject({ pause_status: pauseStatus.default('UNPAUSED') }).optional(),
  max_concurrent_runs: count.max(1000).default(1),
  queue: z.looseObject({ enabled: z.boolean().default(true) }).default({ enabled: true }),
  timeout_seconds: count.default(0),
  parameters: z.array(z.looseObject({ name: z.string(), default: z.string() })).default([]),
});

/** A job's settings as far as the engine obeys them; what else stands there is kept and shown, no more. */
export type ParsedSettings = z.infer<typeof settings>;
export type TaskSettings = ParsedSettings['tasks'][number];
type IterationSettings = z.infer<typeof iteration>;

/**
 * Reads the settings.
 * @throws BackendError INVALID_PARAMETER_VALUE, as the Jobs API answers what it does not understand.
 */
export function parseSettings(raw: JobSettings): ParsedSettings {
  const parsed = settings.safeParse(raw);
  if (!parsed.success) throw invalid(`Job settings are invalid: ${z.prettifyError(parsed.error)}`);
  checkTasks(parsed.data.tasks);
  return parsed.data;
}

const invalid = (message: string): BackendError => new BackendError('INVALID_PARAMETER_VALUE', message);

function checkTasks(tasks: readonly TaskSettings[]): void {
  const keys = tasks.map((item) => item.task_key);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw invalid(`Task key '${twice}' is used more than once.`);
  for (const item of tasks) {
    checkWork(item, item.for_each_task);
    if (item.for_each_task) {
      checkWork(item.for_each_task.task);
      inputsOf(item);
    }
    const unknown = item.depends_on.find((dependency) => !keys.includes(dependency.task_key));
    if (unknown)
      throw invalid(`Task '${item.task_key}' depends on '${unknown.task_key}', which is no task of this job.`);
  }
  checkForCycle(tasks);
}

function checkWork({ task_key, notebook_task, sql_task, run_job_task }: IterationSettings, each?: object): void {
  const kinds = [notebook_task, sql_task, run_job_task, each].filter((kind) => kind !== undefined);
  if (kinds.length === 1) return;
  throw invalid(
    `Task '${task_key}' needs exactly one of notebook_task, sql_task, run_job_task and for_each_task here.`,
  );
}

/** What a `for_each_task` iterates on, as `{{input}}` shows it: texts as they are, all else as JSON. */
export function inputsOf({ task_key, for_each_task }: TaskSettings): readonly string[] {
  try {
    const inputs = z.array(z.unknown()).parse(JSON.parse(for_each_task?.inputs ?? ''));
    return inputs.map((input) => (typeof input === 'string' ? input : JSON.stringify(input)));
  } catch {
    throw invalid(`'inputs' of task '${task_key}' must be a JSON array.`);
  }
}

/** The task of one iteration, with its input put in wherever a text has `{{input}}`. */
export function iterationOf(task: TaskSettings, input: string): TaskSettings {
  const { for_each_task: each, ...outer } = task;
  const filled: unknown = JSON.parse(JSON.stringify(each?.task), (_key, value: unknown) =>
    typeof value === 'string' ? value.replaceAll('{{input}}', input) : value,
  );
  return { ...outer, depends_on: [], max_retries: 0, ...iteration.parse(filled) };
}

/** Takes away tasks that wait for nobody until none is left; what then remains waits in a circle. */
function checkForCycle(tasks: readonly TaskSettings[]): void {
  let remaining = tasks;
  while (remaining.length > 0) {
    const keys = new Set(remaining.map((item) => item.task_key));
    const blocked = remaining.filter((item) => item.depends_on.some((dependency) => keys.has(dependency.task_key)));
    if (blocked.length === remaining.length)
      throw invalid(`Tasks depend on each other in a circle: ${[...keys].join(', ')}.`);
    remaining = blocked;
  }
}
