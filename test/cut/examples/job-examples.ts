import { time } from './notation.js';

/** Which job a name means. Printed in docs/cut.md, asked of a Jobs API by test/databricks/jobs.test.ts. */
export interface JobExample {
  readonly title: string;
  readonly wanted: string;
  /** What the workspace has of that name, whatever the case: `1 etl`. */
  readonly jobs: readonly string[];
  readonly answer: string;
}

export const jobExamples: readonly JobExample[] = [
  { title: 'one job of that name', wanted: 'etl', jobs: ['1 etl'], answer: 'job 1' },
  { title: 'the exact name, and one that differs in case', wanted: 'etl', jobs: ['1 ETL', '2 etl'], answer: 'job 2' },
  { title: 'only one that differs in case', wanted: 'etl', jobs: ['1 Etl'], answer: 'job 1' },
  { title: 'two of that name', wanted: 'etl', jobs: ['1 etl', '2 etl'], answer: 'JOB_AMBIGUOUS: 1, 2' },
  { title: 'renamed, deleted, or not to be seen by the principal', wanted: 'etl', jobs: [], answer: 'JOB_NOT_FOUND' },
  {
    title: 'deleted and created anew: what the old one wrote is another job’s from now on',
    wanted: 'etl',
    jobs: ['7 etl'],
    answer: 'job 7',
  },
];

/** How the Jobs API tells a run, and what is made of it: in the notation of `notation.ts`, with the ids of its task runs. */
export interface RunReading {
  readonly title: string;
  /** Answer of runs/get; more than one: its pages. */
  readonly api: readonly object[];
  readonly answer: string;
}

const ended = { state: { life_cycle_state: 'TERMINATED', result_state: 'SUCCESS' } };
const failed = { state: { life_cycle_state: 'TERMINATED', result_state: 'FAILED' } };
const at = (start: string, end: string) => ({ start_time: time(start), end_time: end === '' ? 0 : time(end) });
const run = (start: string, end: string, more: object) => ({ run_id: 1, job_id: 8, ...at(start, end), ...more });
const task = (id: number, start: string, more: object = {}) => ({
  run_id: id,
  task_key: `t${id}`,
  start_time: start === '' ? 0 : time(start),
  ...more,
});

export const runReadings: readonly RunReading[] = [
  {
    title: 'however it was started: by a schedule, a file, continuously, by hand with other parameters',
    api: [
      run('10:00', '10:05', {
        ...ended,
        trigger: 'FILE_ARRIVAL',
        overriding_parameters: { job_parameters: { day: '2026-01-04' } },
        tasks: [task(11, '10:00')],
      }),
    ],
    answer: '10:00-10:05 (11)',
  },
  {
    title: 'it waits in the queue',
    api: [run('10:00', '', { state: { life_cycle_state: 'QUEUED' } })],
    answer: '10:00 queued',
  },
  {
    title: 'it waited in the queue: it began with its first task, not with the request',
    api: [run('10:00', '10:05', { ...ended, tasks: [task(12, '10:03'), task(11, '10:02'), task(13, '')] })],
    answer: '10:02-10:05 (12, 11, 13)',
  },
  {
    title: 'it was skipped, for another one was active',
    api: [
      run('10:00', '', {
        state: { life_cycle_state: 'SKIPPED', result_state: 'MAXIMUM_CONCURRENT_RUNS_REACHED' },
      }),
    ],
    answer: '10:00 skipped',
  },
  {
    title: 'it is being cancelled: it may still write',
    api: [run('10:00', '', { state: { life_cycle_state: 'TERMINATING' } })],
    answer: '10:00-',
  },
  {
    title: 'only the newer account of its state is there',
    api: [
      run('10:00', '10:05', { status: { state: 'TERMINATED', termination_details: { code: 'RUN_EXECUTION_ERROR' } } }),
    ],
    answer: '10:00-10:05 FAILED',
  },
  {
    title: 'a task was retried: both attempts are its own',
    api: [
      run('10:00', '10:05', {
        ...ended,
        tasks: [
          task(11, '10:01', { task_key: 'a', attempt_number: 0 }),
          task(12, '10:03', { task_key: 'a', attempt_number: 1, original_attempt_run_id: 11 }),
        ],
      }),
    ],
    answer: '10:01-10:05 (11, 12)',
  },
  {
    title: 'a retry is listed without the first attempt: the request has to do for the begin',
    api: [
      run('10:00', '10:05', {
        ...ended,
        tasks: [task(12, '10:03', { task_key: 'a', attempt_number: 1, original_attempt_run_id: 11 })],
      }),
    ],
    answer: '10:00-10:05 (12, 11)',
  },
  {
    title: 'it was repaired: each part began with its own tasks',
    api: [
      run('10:00', '10:25', {
        ...ended,
        tasks: [task(11, '10:02'), task(12, '10:21')],
        repair_history: [
          { type: 'REPAIR', id: 71, ...at('10:20', '10:25'), ...ended, task_run_ids: [12] },
          { type: 'ORIGINAL', ...at('10:00', '10:05'), ...failed, task_run_ids: [11] },
        ],
      }),
    ],
    answer: '10:02-10:05 FAILED, repaired 10:21-10:25 (11, 12)',
  },
  {
    title: 'more tasks than a page holds',
    api: [
      run('10:00', '10:05', { ...ended, tasks: [task(11, '10:00')], next_page_token: '1' }),
      run('10:00', '10:05', { ...ended, tasks: [task(12, '10:01')], next_page_token: '2' }),
      run('10:00', '10:05', { ...ended, tasks: [task(13, '10:02')] }),
    ],
    answer: '10:00-10:05 (11, 12, 13)',
  },
];
