/** Shapes of the Jobs API 2.2, as far as the product reads them. Ids may be integers or, when long, decimal strings. */
import { z } from 'zod';

const id = z.union([z.string().regex(/^-?\d+$/), z.int()]).transform(String);
/** Epoch ms; the API writes 0 for "not yet". */
const time = z.int().nonnegative().optional();

const state = z.object({ life_cycle_state: z.string().optional(), result_state: z.string().optional() });
const status = z.object({
  state: z.string().optional(),
  termination_details: z.object({ code: z.string().optional() }).optional(),
});

const task = z.object({
  run_id: id.optional(),
  task_key: z.string().optional(),
  /** 0 at the first attempt. */
  attempt_number: z.int().optional(),
  /** The first attempt's run, where this is a later one. */
  original_attempt_run_id: id.optional(),
  start_time: time,
  state: state.optional(),
  status: status.optional(),
  /** Some versions name the run that was started here; where not, runs/get-output does. */
  run_job_task: z.object({ run_id: id.optional() }).optional(),
  for_each_task: z.object({}).optional(),
});
export type TaskAnswer = z.infer<typeof task>;

const repair = z.object({
  type: z.string().optional(),
  id: id.optional(),
  start_time: time,
  end_time: time,
  state: state.optional(),
  status: status.optional(),
  task_run_ids: z.array(id).optional(),
});
export type RepairAnswer = z.infer<typeof repair>;

export const runAnswer = z.object({
  run_id: id,
  job_id: id.optional(),
  start_time: time,
  end_time: time,
  state: state.optional(),
  status: status.optional(),
  tasks: z.array(task).optional(),
  iterations: z.array(task).optional(),
  repair_history: z.array(repair).optional(),
  next_page_token: z.string().optional(),
});
export type RunAnswer = z.infer<typeof runAnswer>;

export const runsPage = z.object({
  runs: z.array(runAnswer).optional(),
  has_more: z.boolean().optional(),
  next_page_token: z.string().optional(),
});

export const runOutput = z.object({ run_job_output: z.object({ run_id: id.optional() }).optional() });

const pausable = z.looseObject({ pause_status: z.string().optional() });

export const jobAnswer = z.object({
  job_id: id,
  settings: z
    .object({
      name: z.string().optional(),
      schedule: pausable.optional(),
      trigger: pausable.optional(),
      continuous: pausable.optional(),
      max_concurrent_runs: z.int().optional(),
    })
    .optional(),
});
export type JobAnswer = z.infer<typeof jobAnswer>;

export const jobsPage = z.object({
  jobs: z.array(jobAnswer).optional(),
  has_more: z.boolean().optional(),
  next_page_token: z.string().optional(),
});

export const runNowAnswer = z.object({ run_id: id });
export const nothing = z.unknown();
