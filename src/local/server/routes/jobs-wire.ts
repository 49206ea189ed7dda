/** Jobs and runs in the Jobs API's own words. Source: Jobs API 2.2. */
import type { JobRecord, RepairRecord, RunRecord, RunState, TaskRunRecord } from '../backends.js';

export function jobWire(job: JobRecord, withTasks: boolean): Record<string, unknown> {
  const { tasks, ...settings } = job.settings;
  return {
    job_id: BigInt(job.jobId),
    creator_user_name: job.creator,
    run_as_user_name: job.creator,
    created_time: job.createdTime,
    settings: { ...settings, format: 'MULTI_TASK', ...(withTasks && tasks !== undefined && { tasks }) },
  };
}

/** @param tasks those of this page; undefined leaves them out, as a list without expand_tasks does. */
export function runWire(run: RunRecord, tasks: readonly TaskRunRecord[] | undefined): Record<string, unknown> {
  const { endTime, history } = run;
  return {
    run_id: BigInt(run.runId),
    job_id: BigInt(run.jobId),
    job_run_id: BigInt(run.runId),
    original_attempt_run_id: BigInt(run.runId),
    number_in_job: run.numberInJob,
    run_name: run.runName,
    creator_user_name: run.creator,
    run_type: 'JOB_RUN',
    format: 'MULTI_TASK',
    trigger: run.trigger,
    start_time: run.startTime,
    // "0 while it runs" is the API's way of having no end time.
    end_time: endTime ?? 0,
    run_duration: history.reduce((sum, one) => sum + ((one.endTime ?? one.startTime) - one.startTime), 0),
    setup_duration: 0,
    execution_duration: 0,
    cleanup_duration: 0,
    state: stateWire(run.state),
    status: statusWire(run.state),
    ...(tasks && { tasks: tasks.map((task) => taskWire(task)) }),
  };
}

export const repairHistoryWire = (run: RunRecord): unknown[] => run.history.map(repairWire);

function repairWire(repair: RepairRecord): unknown {
  return {
    type: repair.type,
    id: repair.id === null ? undefined : BigInt(repair.id),
    start_time: repair.startTime,
    end_time: repair.endTime ?? 0,
    state: stateWire(repair.state),
    status: statusWire(repair.state),
    task_run_ids: repair.taskRunIds.map(BigInt),
  };
}

/**
 * The run of a `for_each_task`, which has a run id as every task run: the task itself and its iterations.
 * Source: `JobsExt.get_run` of databricks-sdk 0.x, which pages through them.
 */
export const forEachRunWire = (
  { jobId, runId, creator }: RunRecord,
  task: TaskRunRecord,
  iterations: readonly TaskRunRecord[],
): Record<string, unknown> => ({
  run_id: BigInt(task.runId),
  job_id: BigInt(jobId),
  job_run_id: BigInt(runId),
  parent_run_id: BigInt(runId),
  run_name: task.taskKey,
  creator_user_name: creator,
  run_type: 'JOB_RUN',
  format: 'MULTI_TASK',
  start_time: task.startTime,
  end_time: task.endTime ?? 0,
  state: stateWire(task.state),
  status: statusWire(task.state),
  tasks: [taskWire(task)],
  iterations: iterations.map(taskWire),
});

function taskWire(task: TaskRunRecord): Record<string, unknown> {
  const { for_each_task: each, ...spec } = task.spec ?? {};
  return {
    ...spec,
    ...(each !== undefined && { for_each_task: { ...each, stats: { task_run_stats: statsOf(task) } } }),
    run_id: BigInt(task.runId),
    task_key: task.taskKey,
    attempt_number: task.attemptNumber,
    start_time: task.startTime,
    end_time: task.endTime ?? 0,
    state: stateWire(task.state),
    status: statusWire(task.state),
    ...(task.dependsOn.length > 0 && { depends_on: task.dependsOn.map((key) => ({ task_key: key })) }),
  };
}

function statsOf({ iterations = [] }: TaskRunRecord): Record<string, number> {
  const count = (wanted: (iteration: TaskRunRecord) => boolean): number => iterations.filter(wanted).length;
  return {
    total_iterations: iterations.length,
    scheduled_iterations: count(({ state }) => state.lifeCycle !== 'PENDING'),
    active_iterations: count(({ endTime, state }) => endTime === null && state.lifeCycle !== 'PENDING'),
    completed_iterations: count(({ endTime }) => endTime !== null),
    succeeded_iterations: count(({ state }) => state.result === 'SUCCESS'),
    failed_iterations: count(({ state, endTime }) => endTime !== null && state.result !== 'SUCCESS'),
  };
}

/** Output of a task run. The run that a `run_job_task` started is named here and nowhere else. */
export const outputWire = (task: TaskRunRecord): unknown => ({
  metadata: taskWire(task),
  ...(task.childRunId !== undefined && { run_job_output: { run_id: BigInt(task.childRunId) } }),
});

const stateWire = ({ lifeCycle, result, message }: RunState): unknown => ({
  life_cycle_state: lifeCycle,
  result_state: result ?? undefined,
  state_message: message,
  user_cancelled_or_timedout: result === 'CANCELED' || result === 'TIMEDOUT',
});

/** `status` is the newer form of `state`; the two say the same. */
function statusWire({ lifeCycle, result, message }: RunState): unknown {
  const ended = lifeCycle === 'TERMINATED' || lifeCycle === 'SKIPPED' || lifeCycle === 'INTERNAL_ERROR';
  if (!ended) return { state: lifeCycle === 'WAITING_FOR_RETRY' ? 'WAITING' : lifeCycle };
  const succeeded = result === 'SUCCESS' || result === 'SUCCESS_WITH_FAILURES';
  const details = { code: terminationCode(lifeCycle, result), type: succeeded ? 'SUCCESS' : 'CLIENT_ERROR', message };
  return { state: 'TERMINATED', termination_details: details };
}

function terminationCode(lifeCycle: string, result: string | null): string {
  const codes: Readonly<Record<string, string>> = {
    SUCCESS: 'SUCCESS',
    SUCCESS_WITH_FAILURES: 'SUCCESS_WITH_FAILURES',
    CANCELED: 'USER_CANCELED',
    MAXIMUM_CONCURRENT_RUNS_REACHED: 'MAX_CONCURRENT_RUNS_EXCEEDED',
    FAILED: 'RUN_EXECUTION_ERROR',
  };
  if (lifeCycle === 'SKIPPED') return 'SKIPPED';
  return codes[result ?? ''] ?? 'INTERNAL_ERROR';
}
