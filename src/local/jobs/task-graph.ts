import type { LifeCycleState, RunState, TaskRunRecord } from '../server/backends.js';
import type { TaskSettings } from './job-settings.js';

/** How a task ended, or that it can't be told yet. */
export type TaskResult =
  | 'SUCCESS'
  | 'FAILED'
  | 'CANCELED'
  | 'TIMEDOUT'
  | 'UPSTREAM_FAILED'
  | 'UPSTREAM_CANCELED'
  | 'EXCLUDED';

const isFailure = (result: TaskResult): boolean => result !== 'SUCCESS' && result !== 'EXCLUDED';
const isCanceled = (result: TaskResult): boolean => result === 'CANCELED' || result === 'UPSTREAM_CANCELED';

/** Whether a task runs, given how the tasks it depends on have ended; else with which result it is passed over. */
export function decideTask(task: TaskSettings, dependencies: readonly TaskResult[]): 'run' | TaskResult {
  const failed = dependencies.some(isFailure);
  switch (task.run_if) {
    case 'ALL_DONE':
      return 'run';
    case 'AT_LEAST_ONE_SUCCESS':
      if (dependencies.length === 0 || dependencies.includes('SUCCESS')) return 'run';
      break;
    case 'NONE_FAILED':
      if (!failed) return 'run';
      break;
    case 'ALL_SUCCESS':
      if (dependencies.every((result) => result === 'SUCCESS')) return 'run';
      break;
  }
  if (!failed) return 'EXCLUDED';
  return dependencies.some(isCanceled) ? 'UPSTREAM_CANCELED' : 'UPSTREAM_FAILED';
}

/** The newest attempt of a task: later attempts and repairs stand behind earlier ones. */
export function latestAttempt(tasks: readonly TaskRunRecord[], key: string): TaskRunRecord | undefined {
  return tasks.findLast((task) => task.taskKey === key);
}

/**
 * State of a run whose tasks have all ended by themselves. Leaf tasks decide: all good makes a success, with failures
 * elsewhere a partial one. Source: Jobs API, `SUCCESS_WITH_FAILURES`.
 */
export function runState(settings: readonly TaskSettings[], tasks: readonly TaskRunRecord[]): RunState {
  const inner = new Set(settings.flatMap((task) => task.depends_on.map((dependency) => dependency.task_key)));
  const good = (key: string): boolean => {
    const result = latestAttempt(tasks, key)?.state.result;
    return result === 'SUCCESS' || result === 'EXCLUDED';
  };
  const failed = settings.filter((task) => !good(task.task_key)).map((task) => task.task_key);
  if (failed.length === 0) return ended('SUCCESS', '');
  const leavesGood = settings.every((task) => inner.has(task.task_key) || good(task.task_key));
  if (leavesGood) return ended('SUCCESS_WITH_FAILURES', `Tasks without success: ${failed.join(', ')}.`);
  return ended('FAILED', `Tasks without success: ${failed.join(', ')}.`);
}

export const ended = (result: string, message: string, lifeCycle: LifeCycleState = 'TERMINATED'): RunState => ({
  lifeCycle,
  result,
  message,
});
