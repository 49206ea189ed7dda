import type { JobRecord, JobsBackend, RunRecord, RunState, TaskRunRecord } from '../../../src/local/server/backends.js';
import { noJobsBackend } from './tiny-region.js';

/** Beyond 2^53: what a JS number can't hold exactly must survive the way. */
export const jobId = '901234567890123457';
export const firstRunId = 801_234_567_890_123_000n;

const ended: RunState = { lifeCycle: 'TERMINATED', result: 'SUCCESS', message: '' };
const running: RunState = { lifeCycle: 'RUNNING', result: null, message: 'In run' };

const job: JobRecord = {
  jobId,
  createdTime: 1,
  creator: 'owner@example.com',
  settings: { name: 'etl', max_concurrent_runs: 1, tasks: [{ task_key: 'bronze' }] },
};

const hidden: JobRecord = { ...job, jobId: '7', settings: { name: 'hidden' } };

export const forEachRunId = String(firstRunId + 500n);
const iterationRunId = (index: number): string => String(firstRunId + 1000n + BigInt(index));
/** More than a page. The last one failed. */
export const iterationCount = 120;

const times = { attemptNumber: 0, startTime: 100, endTime: 200, dependsOn: [] };
const forEachTask: TaskRunRecord = {
  ...times,
  taskKey: 'each',
  runId: forEachRunId,
  state: ended,
  spec: { for_each_task: { inputs: '[]', task: { task_key: 'one' } } },
  iterations: Array.from({ length: iterationCount }, (_, index) => ({
    ...times,
    taskKey: 'one',
    runId: iterationRunId(index),
    state: index === iterationCount - 1 ? { ...ended, result: 'FAILED' } : ended,
  })),
};

function run(i: number): RunRecord {
  const state = i === 59 ? running : ended;
  const endTime = i === 59 ? null : i * 1000 + 500;
  const runId = String(firstRunId + BigInt(i));
  return {
    runId,
    jobId,
    runName: 'etl',
    numberInJob: i + 1,
    creator: 'owner@example.com',
    trigger: 'PERIODIC',
    startTime: i * 1000,
    endTime,
    state,
    tasks: [
      {
        taskKey: 'bronze',
        runId: `${runId}1`,
        attemptNumber: 0,
        startTime: i * 1000,
        endTime,
        state,
        dependsOn: [],
        childRunId: '777',
      },
      ...(i === 0 ? [forEachTask] : []),
    ],
    history: [
      { type: 'ORIGINAL', id: null, startTime: i * 1000, endTime, taskRunIds: [`${runId}1`], state },
      ...(i === 0
        ? ([{ type: 'REPAIR', id: '5', startTime: 400, endTime: 500, taskRunIds: [], state: ended }] as const)
        : []),
    ],
  };
}

const runs = Array.from({ length: 60 }, (_, i) => run(i));

/** One job that all may know, with sixty runs of which the last is active, and one that only administrators see. */
export const tinyJobs: JobsBackend = {
  ...noJobsBackend,
  listJobs: () => [job, hidden],
  job: (id) => [job, hidden].find((one) => one.jobId === id),
  listRuns: () => runs,
  run: (id) => runs.find((one) => one.runId === id),
};
