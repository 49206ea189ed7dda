import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../clock.js';
import type { RunRecord, RunState, TaskRunRecord } from '../server/backends.js';
import { newId } from './ids.js';
import type { ParsedSettings, TaskSettings } from './job-settings.js';
import { newTaskRun, running, withTask, withTaskRuns } from './run-updates.js';
import type { TaskResult } from './task-graph.js';
import { decideTask, ended, latestAttempt, runState } from './task-graph.js';

/** Why a run ends before its tasks have. */
export type StopReason = 'canceled' | 'timed-out' | 'region-down' | 'shutdown';

/** What a run asks of its surroundings. */
export interface RunHost {
  readonly clock: Clock;
  /** The run as it stands now. */
  record(): RunRecord;
  update(change: (run: RunRecord) => RunRecord): void;
  /** Does the task's own work; throws when it fails, and when the signal aborts. */
  perform(task: TaskSettings, taskRun: TaskRunRecord, signal: AbortSignal): Promise<void>;
}

/** One stretch of activity of a run: the tasks of the original attempt, or those that a repair runs again. */
export class RunExecution {
  readonly #host: RunHost;
  readonly #settings: ParsedSettings;
  /** Task runs of this stretch by task key, ids given out before the first begins. */
  readonly #planned: ReadonlyMap<string, TaskRunRecord>;
  readonly #results = new Map<string, Promise<TaskResult>>();
  readonly #controller = new AbortController();
  #stopReason: StopReason | null = null;

  constructor(host: RunHost, settings: ParsedSettings, taskKeys: readonly string[]) {
    this.#host = host;
    this.#settings = settings;
    const tasks = settings.tasks.filter((task) => taskKeys.includes(task.task_key));
    this.#planned = new Map(tasks.map((task) => [task.task_key, newTaskRun(task, newId(), 0, host.clock.now())]));
    host.update((run) => withTaskRuns(run, [...this.#planned.values()]));
  }

  /** Makes no further statement begin and aborts the one under way. The first reason counts. */
  stop(reason: StopReason): void {
    this.#stopReason ??= reason;
    this.#controller.abort(new Error(stopMessages[this.#stopReason]));
  }

  /** Runs the tasks in the order of their dependencies. Resolves with the state that the run ends in; never rejects for a task's sake. */
  async run(): Promise<RunState> {
    const limitMs = this.#settings.timeout_seconds * 1000;
    const timer = limitMs > 0 ? setTimeout(() => this.stop('timed-out'), limitMs) : undefined;
    try {
      await Promise.all([...this.#planned.keys()].map((key) => this.#result(key)));
    } finally {
      clearTimeout(timer);
    }
    if (this.#stopReason !== null) return stoppedState(this.#stopReason);
    return runState(this.#settings.tasks, this.#host.record().tasks);
  }

  #result(key: string): Promise<TaskResult> {
    const known = this.#results.get(key);
    if (known) return known;
    const planned = this.#planned.get(key);
    const task = this.#settings.tasks.find((candidate) => candidate.task_key === key);
    const result =
      planned && task ? this.#runTask(task, planned) : Promise.resolve(earlierResult(this.#host.record(), key));
    this.#results.set(key, result);
    return result;
  }

  async #runTask(task: TaskSettings, planned: TaskRunRecord): Promise<TaskResult> {
    const dependencies = await Promise.all(task.depends_on.map((dependency) => this.#result(dependency.task_key)));
    if (this.#controller.signal.aborted) return 'CANCELED';
    const decision = decideTask(task, dependencies);
    if (decision !== 'run') {
      this.#end(planned.runId, ended(decision, 'Not run because of the tasks that it depends on.'));
      return decision;
    }
    let result = await this.#attempt(task, planned);
    for (let attempt = 1; result === 'FAILED' && attempt <= task.max_retries; attempt += 1) {
      const retry = newTaskRun(task, newId(), attempt, this.#host.clock.now());
      this.#host.update((run) => withTaskRuns(run, [retry]));
      if (!(await this.#pause(task.min_retry_interval_millis))) return 'CANCELED';
      result = await this.#attempt(task, retry);
    }
    return result;
  }

  async #attempt(task: TaskSettings, taskRun: TaskRunRecord): Promise<TaskResult> {
    const { signal } = this.#controller;
    const startTime = this.#host.clock.now();
    this.#host.update((run) => withTask(run, taskRun.runId, { startTime, state: running }));
    try {
      await this.#host.perform(task, { ...taskRun, startTime }, signal);
    } catch (error) {
      // What a stopped run leaves open is closed together with the run.
      if (signal.aborted) return 'CANCELED';
      this.#end(taskRun.runId, ended('FAILED', error instanceof Error ? error.message : String(error)));
      return 'FAILED';
    }
    // Work that was done when the stop came stays done.
    this.#end(taskRun.runId, ended('SUCCESS', ''));
    return 'SUCCESS';
  }

  #end(taskRunId: string, state: RunState): void {
    this.#host.update((run) => withTask(run, taskRunId, { endTime: this.#host.clock.now(), state }));
  }

  /** @returns false when the run was stopped meanwhile. */
  async #pause(ms: number): Promise<boolean> {
    const { signal } = this.#controller;
    if (ms > 0) await delay(ms, undefined, { signal }).catch(() => undefined);
    return !signal.aborted;
  }
}

const stopMessages: Readonly<Record<StopReason, string>> = {
  canceled: 'Canceled by a user.',
  'timed-out': 'The run exceeded the timeout of its job.',
  'region-down': 'The region went down while the run was active.',
  shutdown: 'The job service was stopped while the run was active.',
};

export function stoppedState(reason: StopReason): RunState {
  const message = stopMessages[reason];
  if (reason === 'canceled') return ended('CANCELED', message);
  if (reason === 'timed-out') return ended('TIMEDOUT', message);
  return ended('FAILED', message, 'INTERNAL_ERROR');
}

/** Result of a task that a repair does not run again. */
function earlierResult(run: RunRecord, key: string): TaskResult {
  switch (latestAttempt(run.tasks, key)?.state.result) {
    case 'SUCCESS':
      return 'SUCCESS';
    case 'EXCLUDED':
      return 'EXCLUDED';
    default:
      return 'FAILED';
  }
}
