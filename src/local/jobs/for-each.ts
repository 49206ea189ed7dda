import { inParallel } from '../../domain/in-parallel.js';
import type { Clock } from '../clock.js';
import type { RunRecord, TaskRunRecord } from '../server/backends.js';
import { newId } from './ids.js';
import type { TaskSettings } from './job-settings.js';
import { inputsOf, iterationOf } from './job-settings.js';
import { newTaskRun, running, withTask } from './run-updates.js';
import { ended } from './task-graph.js';

/** What the iterations of a task ask of their surroundings. */
export interface IterationHost {
  readonly clock: Clock;
  update(change: (run: RunRecord) => RunRecord): void;
  /** Does an iteration's own work; throws when it fails, and when the signal aborts. */
  perform(task: TaskSettings, iteration: TaskRunRecord, signal: AbortSignal): Promise<void>;
}

/**
 * Runs the task of a `for_each_task` once per input, each a task run of its own. One that fails does not stop the others.
 * They are not retried one by one.
 */
export async function runIterations(
  task: TaskSettings,
  taskRun: TaskRunRecord,
  host: IterationHost,
  signal: AbortSignal,
): Promise<void> {
  const planned = inputsOf(task).map((input) => {
    const settings = iterationOf(task, input);
    return { settings, record: newTaskRun(settings, newId(), 0, host.clock.now()) };
  });
  const records = planned.map(({ record }) => record);
  host.update((run) => withTask(run, taskRun.runId, { iterations: records }));

  const results = await inParallel(planned, task.for_each_task?.concurrency ?? 1, async ({ settings, record }) => {
    signal.throwIfAborted();
    const startTime = host.clock.now();
    const change = (changes: Partial<TaskRunRecord>): void =>
      host.update((run) => withTask(run, record.runId, changes));
    change({ startTime, state: running });
    try {
      await host.perform(settings, { ...record, startTime }, signal);
    } catch (error) {
      signal.throwIfAborted();
      const message = error instanceof Error ? error.message : String(error);
      change({ endTime: host.clock.now(), state: ended('FAILED', message) });
      return false;
    }
    change({ endTime: host.clock.now(), state: ended('SUCCESS', '') });
    return true;
  });
  const failed = results.filter((succeeded) => !succeeded).length;
  if (failed > 0) throw new Error(`${failed} of ${results.length} iterations failed.`);
}
