import type { Clock } from '../clock.js';
import type { JobRecord, RunRecord, RunState, TaskRunRecord } from '../server/backends.js';
import type { JobAttribution } from '../sql/statement.js';
import { runIterations } from './for-each.js';
import type { ParsedSettings, TaskSettings } from './job-settings.js';
import { parseSettings } from './job-settings.js';
import type { RegionHealth } from './region-health.js';
import type { RunBook } from './run-book.js';
import type { StopReason } from './run-execution.js';
import { RunExecution, stoppedState } from './run-execution.js';
import { queued, running, terminating, withEnd, withState, withTask } from './run-updates.js';
import { ended } from './task-graph.js';
import type { RunOptions, StatementRunner } from './task-work.js';
import { runScript, scriptPath, taskParameters } from './task-work.js';

export interface ConductorOptions {
  readonly clock: Clock;
  readonly book: RunBook;
  readonly health: RegionHealth;
  readonly statements: StatementRunner;
  readonly readScript: (path: string) => Promise<string>;
  readonly recordEnd: (run: RunRecord, jobName: string, state: RunState) => Promise<number>;
  readonly report: (error: unknown) => void;
  readonly job: (jobId: string) => JobRecord | undefined;
  /** Starts the run that a `run_job_task` asks for. */
  readonly startChild: (
    jobId: string,
    parent: RunRecord,
    jobParameters: Readonly<Record<string, string>>,
    options: RunOptions,
  ) => string;
}

/** Admits, carries out, stops and ends runs. */
export class RunConductor {
  readonly #options: ConductorOptions;
  readonly #executions = new Map<string, RunExecution>();
  readonly #runOptions = new Map<string, RunOptions>();
  readonly #finishing = new Set<string>();
  /** Work that outlives the call that began it; awaited at the stop. */
  readonly #background = new Set<Promise<void>>();

  constructor(options: ConductorOptions) {
    this.#options = options;
  }

  /** Starts a new run, queues it or skips it, as the job's `max_concurrent_runs` and `queue` say. */
  admit(run: RunRecord, settings: ParsedSettings, options: RunOptions): void {
    const { book } = this.#options;
    this.#runOptions.set(run.runId, options);
    const others = book.active(run.jobId).filter((other) => other.runId !== run.runId).length;
    if (others < settings.max_concurrent_runs) {
      this.#begin(run.runId, settings);
    } else if (settings.queue.enabled && settings.max_concurrent_runs > 0) {
      book.update(run.runId, (record) => withState(record, queued));
    } else {
      const message = `The job allows ${settings.max_concurrent_runs} concurrent runs.`;
      const skipped = ended('MAXIMUM_CONCURRENT_RUNS_REACHED', message, 'SKIPPED');
      // It never ran, so there is no truth to record.
      book.update(run.runId, (record) => withEnd(record, skipped, record.startTime));
    }
  }

  /** Starts as many queued runs as the job's settings now allow, oldest first. */
  admitQueued(jobId: string): void {
    const job = this.#options.job(jobId);
    if (!job) return;
    const settings = parseSettings(job.settings);
    const active = this.#options.book.active(jobId);
    const waiting = active.filter((run) => run.state.lifeCycle === 'QUEUED');
    const free = settings.max_concurrent_runs - (active.length - waiting.length);
    const next = waiting.toSorted((a, b) => a.numberInJob - b.numberInJob).slice(0, Math.max(0, free));
    for (const run of next) this.#begin(run.runId, settings);
  }

  /** Carries out these tasks as the newest segment of a run that is active already. */
  execute(runId: string, settings: ParsedSettings, taskKeys: readonly string[], options?: RunOptions): void {
    const { clock, book } = this.#options;
    if (options) this.#runOptions.set(runId, options);
    const execution = new RunExecution(
      {
        clock,
        record: () => book.get(runId),
        update: (change) => book.update(runId, change),
        perform: (task, taskRun, signal) => this.#perform(runId, task, taskRun, signal),
      },
      settings,
      taskKeys,
    );
    this.#executions.set(runId, execution);
    this.#inBackground(async () => this.finish(runId, await execution.run()));
  }

  /** Asks for the end of a run; it ends soon after. */
  stop(runId: string, reason: StopReason): void {
    const execution = this.#executions.get(runId);
    if (!execution) {
      this.#inBackground(() => this.finish(runId, stoppedState(reason)));
      return;
    }
    if (reason === 'canceled') this.#options.book.update(runId, (run) => withState(run, terminating));
    execution.stop(reason);
  }

  /** Ends a run in this state, its truth first: whoever sees the end finds the truth recorded. */
  async finish(runId: string, state: RunState): Promise<void> {
    // A run that waits in the queue may be told twice to end, and has only one end.
    if (this.#finishing.has(runId)) return;
    this.#finishing.add(runId);
    const { book } = this.#options;
    const run = book.get(runId);
    const endTime = await this.#recordEnd(run, state);
    this.#finishing.delete(runId);
    this.#executions.delete(runId);
    this.#runOptions.delete(runId);
    book.end(runId, state, endTime);
    this.admitQueued(run.jobId);
  }

  async #recordEnd(run: RunRecord, state: RunState): Promise<number> {
    const { recordEnd, report, clock } = this.#options;
    // What never began has left nothing behind.
    if (run.tasks.length === 0) return clock.now();
    try {
      return await recordEnd(run, run.runName, state);
    } catch (error) {
      // A run must not stay active because its truth can't be told; whoever reads the truth will miss the record.
      report(error);
      return clock.now();
    }
  }

  /** Resolves when all work has come to its end. */
  async settled(): Promise<void> {
    while (this.#background.size > 0) await Promise.all(this.#background);
  }

  #begin(runId: string, settings: ParsedSettings): void {
    this.#options.book.update(runId, (run) => withState(run, running));
    this.execute(
      runId,
      settings,
      settings.tasks.map((task) => task.task_key),
    );
  }

  async #perform(runId: string, task: TaskSettings, taskRun: TaskRunRecord, signal: AbortSignal): Promise<void> {
    const { book, clock, readScript, statements, health } = this.#options;
    if (task.run_job_task) return await this.#performChild(runId, task.run_job_task, taskRun, signal);
    if (task.for_each_task) {
      const host = {
        clock,
        update: (change: (run: RunRecord) => RunRecord) => book.update(runId, change),
        perform: this.#perform.bind(this, runId),
      };
      return await runIterations(task, taskRun, host, signal);
    }
    const path = scriptPath(task);
    if (path === null) throw new Error(`Task ${task.task_key} has no SQL file.`);
    const { record, parameters } = book.stored(runId);
    const owner = this.#options.job(record.jobId)?.creator ?? record.creator;
    await runScript({
      task,
      script: await readScript(path),
      // Source: Jobs API; parameters of the job take precedence over those of a task.
      statement: {
        parameters: { ...taskParameters(task), ...parameters },
        principal: owner,
        job: attributionOf(record, taskRun, owner),
      },
      options: this.#runOptions.get(runId) ?? {},
      runner: statements,
      whenUp: (waitSignal) => health.whenUp(waitSignal),
      signal,
    });
  }

  async #performChild(
    runId: string,
    { job_id: jobId, job_parameters: jobParameters }: NonNullable<TaskSettings['run_job_task']>,
    taskRun: TaskRunRecord,
    signal: AbortSignal,
  ): Promise<void> {
    const { book, startChild } = this.#options;
    const { stepDelayMs } = this.#runOptions.get(runId) ?? {};
    const childId = startChild(jobId, book.get(runId), jobParameters, stepDelayMs === undefined ? {} : { stepDelayMs });
    book.update(runId, (run) => withTask(run, taskRun.runId, { childRunId: childId }));
    const cancel = (): void => this.stop(childId, 'canceled');
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const { state } = await book.whenEnded(childId);
      if (state.result !== 'SUCCESS') throw new Error(`Run ${childId} ended ${state.result}: ${state.message}`);
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  #inBackground(work: () => Promise<void>): void {
    const guarded = work().catch((error: unknown) => this.#options.report(error));
    this.#background.add(guarded);
    void guarded.finally(() => this.#background.delete(guarded));
  }
}

const triggerTypes: Readonly<Record<RunRecord['trigger'], string>> = {
  PERIODIC: 'scheduled',
  ONE_TIME: 'manual',
  RETRY: 'retry',
  RUN_JOB_TASK: 'run_job_task',
  FILE_ARRIVAL: 'file_arrival',
  CONTINUOUS: 'continuous',
  TABLE: 'table',
};

function attributionOf(run: RunRecord, taskRun: TaskRunRecord, owner: string): JobAttribution {
  return {
    jobId: run.jobId,
    jobName: run.runName,
    jobRunId: run.runId,
    runId: taskRun.runId,
    jobOwnerId: owner,
    triggerType: triggerTypes[run.trigger],
  };
}
