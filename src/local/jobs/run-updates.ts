/** Changes of a run's record, each a function from the record before to the record after. */
import type { RepairRecord, RunRecord, RunState, TaskRunRecord } from '../server/backends.js';
import type { TaskSettings } from './job-settings.js';

export const pending: RunState = { lifeCycle: 'PENDING', result: null, message: '' };
export const blocked: RunState = { lifeCycle: 'BLOCKED', result: null, message: '' };
export const queued: RunState = {
  lifeCycle: 'QUEUED',
  result: null,
  message: 'Waits for another run of the job to end.',
};
export const running: RunState = { lifeCycle: 'RUNNING', result: null, message: '' };
export const terminating: RunState = { lifeCycle: 'TERMINATING', result: null, message: 'Canceled by a user.' };

/** Queued runs are active, too: the Jobs API lists them with `active_only`. */
export const isActive = (run: RunRecord): boolean => run.endTime === null;

/** A task run that has not begun. */
export function newTaskRun(task: TaskSettings, runId: string, attemptNumber: number, now: number): TaskRunRecord {
  const { task_key: taskKey, notebook_task, sql_task, run_job_task, for_each_task } = task;
  const dependsOn = task.depends_on.map((dependency) => dependency.task_key);
  return {
    taskKey,
    runId,
    attemptNumber,
    startTime: now,
    endTime: null,
    state: dependsOn.length > 0 ? blocked : pending,
    dependsOn,
    spec: {
      ...(notebook_task && { notebook_task }),
      ...(sql_task && { sql_task }),
      ...(run_job_task && { run_job_task }),
      ...(for_each_task && { for_each_task }),
    },
  };
}

/** Changes a task run or an iteration of one. */
export function withTask(run: RunRecord, taskRunId: string, change: Partial<TaskRunRecord>): RunRecord {
  return { ...run, tasks: changed(run.tasks, (task) => (task.runId === taskRunId ? { ...task, ...change } : task)) };
}

const changed = (
  tasks: readonly TaskRunRecord[],
  change: (task: TaskRunRecord) => TaskRunRecord,
): readonly TaskRunRecord[] =>
  tasks.map((task) => {
    const { iterations, ...rest } = change(task);
    return iterations === undefined ? rest : { ...rest, iterations: changed(iterations, change) };
  });

/** Adds task runs to the run and to its newest segment. */
export function withTaskRuns(run: RunRecord, added: readonly TaskRunRecord[]): RunRecord {
  const taskRunIds = added.map((task) => task.runId);
  return withSegment({ ...run, tasks: [...run.tasks, ...added] }, (segment) => ({
    ...segment,
    taskRunIds: [...segment.taskRunIds, ...taskRunIds],
  }));
}

/** The run and its newest segment take the same state. */
export function withState(run: RunRecord, state: RunState): RunRecord {
  return withSegment({ ...run, state }, (segment) => ({ ...segment, state }));
}

/** Ends the run, its newest segment, and every task run that is still open. */
export function withEnd(run: RunRecord, state: RunState, endTime: number): RunRecord {
  const closed = changed(run.tasks, (task) =>
    task.endTime === null ? { ...task, endTime, state: { ...state, message: 'Ended together with its run.' } } : task,
  );
  return withSegment({ ...withState(run, state), endTime, tasks: closed }, (segment) => ({ ...segment, endTime }));
}

/** Makes an ended run active again. */
export function withRepair(run: RunRecord, id: string, startTime: number): RunRecord {
  const segment: RepairRecord = { type: 'REPAIR', id, startTime, endTime: null, taskRunIds: [], state: running };
  return { ...run, endTime: null, state: running, history: [...run.history, segment] };
}

function withSegment(run: RunRecord, change: (segment: RepairRecord) => RepairRecord): RunRecord {
  const last = run.history.length - 1;
  return { ...run, history: run.history.map((segment, index) => (index === last ? change(segment) : segment)) };
}
