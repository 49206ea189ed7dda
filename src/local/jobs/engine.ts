/**
 * A region's job service: keeps jobs and runs, and really runs them. Implements what the server's Jobs API needs.
 * Statements go to the region's SQL engine through a `StatementRunner`; at the end of every run the truth is recorded.
 */
import type { Region } from '../../domain/region.js';
import type { Clock } from '../clock.js';
import type { JobRecord, JobSettings, JobsBackend, RunRecord, RunState, TaskRunRecord } from '../server/backends.js';
import { BackendError } from '../server/backends.js';
import type { FaultBoard } from '../server/faults.js';
import type { JobAttribution } from '../sql/statement.js';
import { newId } from './ids.js';
import { nextFire } from './job-schedule.js';
import type { ParsedSettings, TaskSettings } from './job-settings.js';
import { parseSettings } from './job-settings.js';
import type { StoredRun } from './job-store.js';
import { JobStore } from './job-store.js';
import { RegionHealth } from './region-health.js';
import type { StopReason } from './run-execution.js';
import { RunExecution, stoppedState } from './run-execution.js';
import { isActive, queued, running, terminating, withEnd, withRepair, withState, withTask } from './run-updates.js';
import { Scheduler } from './scheduler.js';
import { ended, latestAttempt } from './task-graph.js';
import type { RunOptions, StatementRunner } from './task-work.js';
import { runScript, scriptPath } from './task-work.js';

export interface JobEngineOptions {
  /** Where jobs and runs are kept. */
  readonly folder: string;
  readonly region: Region;
  readonly clock: Clock;
  readonly faults: FaultBoard;
  readonly statements: StatementRunner;
  /** Text of a task's SQL file. */
  readonly readScript: (path: string) => Promise<string>;
  /** Records the truth about a run that is about to end in this state; resolves with the end's time. */
  readonly recordEnd: (run: RunRecord, jobName: string, state: RunState) => Promise<number>;
  /** Told of what goes wrong in the engine itself, which no caller waits for. */
  readonly report: (error: unknown) => void;
}

export interface RunRequest extends RunOptions {
  readonly jobId: string;
  readonly principal: string;
  readonly idempotencyToken?: string;
  readonly jobParameters?: Readonly<Record<string, string>>;
  readonly trigger?: RunRecord['trigger'];
}

/** Source: Jobs API; runs are deleted after 60 days. */
const runsKeptMs = 60 * 24 * 3_600_000;

export class JobEngine implements JobsBackend {
  readonly #options: JobEngineOptions;
  readonly #store: JobStore;
  readonly #health: RegionHealth;
  readonly #executions = new Map<string, RunExecution>();
  readonly #runOptions = new Map<string, RunOptions>();
  readonly #waiters = new Map<string, Set<(run: RunRecord) => void>>();
  /** Work that outlives the call that began it; awaited at the stop. */
  readonly #background = new Set<Promise<void>>();
  readonly #stopWatching: () => void;
  #scheduler: Scheduler | null = null;

  constructor(options: JobEngineOptions) {
    this.#options = options;
    this.#store = new JobStore(options.folder);
    this.#health = new RegionHealth(options.faults, options.region);
    this.#stopWatching = this.#health.onDown(() => this.#stopAll('region-down'));
  }

  /** Ends runs that an earlier process left active, then begins to honour schedules. */
  async start(): Promise<void> {
    for (const { record } of this.#store.runs()) {
      if (isActive(record)) await this.#finish(record.runId, stoppedState('shutdown'));
    }
    this.#scheduler = new Scheduler({
      clock: this.#options.clock,
      jobs: () => this.listJobs(),
      hasActiveRun: (jobId) => this.#activeRuns(jobId).length > 0,
      start: (jobId, trigger) => {
        // A dead region starts nothing; what is due then is missed.
        if (!this.#health.isDown()) this.runNow({ jobId, trigger, principal: this.#job(jobId).creator });
      },
      report: this.#options.report,
    });
  }

  /** Starts what is due now, without waiting for the next regular look. */
  lookAtSchedules(): void {
    this.#scheduler?.look();
  }

  /** Stops all runs and waits until they have ended. */
  async stop(): Promise<void> {
    this.#scheduler?.stop();
    this.#stopWatching();
    this.#stopAll('shutdown');
    await Promise.all(this.#background);
  }

  listJobs(): readonly JobRecord[] {
    return this.#store.jobs();
  }

  job(jobId: string): JobRecord | undefined {
    return this.#store.job(jobId);
  }

  createJob(settings: JobSettings, creator: string): string {
    checkSettings(settings, this.#options.clock.now());
    const jobId = newId();
    this.#store.putJob({ jobId, createdTime: this.#options.clock.now(), creator, settings });
    return jobId;
  }

  updateJob(jobId: string, newSettings: Readonly<Record<string, unknown>>, fieldsToRemove: readonly string[]): void {
    const job = this.#job(jobId);
    const merged = Object.entries({ ...job.settings, ...newSettings }).filter(([key]) => !fieldsToRemove.includes(key));
    this.resetJob(jobId, { name: job.settings.name, ...Object.fromEntries(merged) });
  }

  resetJob(jobId: string, settings: JobSettings): void {
    checkSettings(settings, this.#options.clock.now());
    this.#store.putJob({ ...this.#job(jobId), settings });
    this.#admitQueued(jobId);
  }

  deleteJob(jobId: string): void {
    this.#job(jobId);
    this.cancelAllRuns(jobId);
    this.#store.deleteJob(jobId);
  }

  /** @throws BackendError when the job is unknown, or the region is down. */
  runNow(request: RunRequest): { readonly runId: string; readonly numberInJob: number } {
    const job = this.#job(request.jobId);
    const settings = parseSettings(job.settings);
    const repeated = this.#runByToken(job.jobId, request.idempotencyToken);
    if (repeated) return { runId: repeated.runId, numberInJob: repeated.numberInJob };
    checkRequest(request, settings);
    if (this.#health.isDown()) {
      throw new BackendError(
        'INVALID_STATE',
        `Region ${this.#options.region} is down: no run can start until it is back.`,
      );
    }
    const run = this.#newRun(job, settings, request);
    this.#runOptions.set(run.runId, request);
    this.#admit(run, settings);
    return { runId: run.runId, numberInJob: run.numberInJob };
  }

  listRuns(): readonly RunRecord[] {
    const oldest = this.#options.clock.now() - runsKeptMs;
    const expired = this.#store.runs().filter(({ record }) => !isActive(record) && record.startTime < oldest);
    for (const { record } of expired) this.#store.deleteRun(record.runId);
    return this.#store.runs().map(({ record }) => record);
  }

  run(runId: string): RunRecord | undefined {
    return this.#store.run(runId)?.record;
  }

  /** Forgets an ended run, as `jobs/runs/delete` does. */
  deleteRun(runId: string): void {
    if (isActive(this.#run(runId))) throw new BackendError('INVALID_STATE', `Run ${runId} is active. Cancel it first.`);
    this.#store.deleteRun(runId);
  }

  cancelRun(runId: string): void {
    if (!isActive(this.#run(runId))) return;
    const execution = this.#executions.get(runId);
    if (execution) {
      this.#update(runId, (run) => withState(run, terminating));
      execution.stop('canceled');
    } else {
      this.#inBackground(this.#finish(runId, stoppedState('canceled')));
    }
  }

  cancelAllRuns(jobId: string): void {
    for (const run of this.#activeRuns(jobId)) this.cancelRun(run.runId);
  }

  repairRun(request: Parameters<JobsBackend['repairRun']>[0] & RunOptions): { readonly repairId: string } {
    const run = this.#run(request.runId);
    const settings = parseSettings(this.#job(run.jobId).settings);
    const taskKeys = tasksToRepair(run, settings, request);
    const repairId = newId();
    this.#runOptions.set(run.runId, request);
    this.#update(run.runId, (record) => withRepair(record, repairId, this.#options.clock.now()));
    this.#execute(run.runId, settings, taskKeys);
    return { repairId };
  }

  /** Resolves with the run as soon as it is active no longer. */
  async whenEnded(runId: string): Promise<RunRecord> {
    const run = this.#run(runId);
    if (!isActive(run)) return run;
    return await new Promise((resolve) => {
      const waiters = this.#waiters.get(runId) ?? new Set();
      this.#waiters.set(runId, waiters.add(resolve));
    });
  }

  #newRun(job: JobRecord, settings: ParsedSettings, request: RunRequest): RunRecord {
    const startTime = this.#options.clock.now();
    const state = { lifeCycle: 'PENDING', result: null, message: '' } as const;
    const record: RunRecord = {
      runId: newId(),
      jobId: job.jobId,
      runName: settings.name,
      numberInJob: 1 + this.#store.runs().filter((run) => run.record.jobId === job.jobId).length,
      creator: request.principal,
      trigger: request.trigger ?? 'ONE_TIME',
      startTime,
      endTime: null,
      state,
      tasks: [],
      history: [{ type: 'ORIGINAL', id: null, startTime, endTime: null, taskRunIds: [], state }],
    };
    const defaults = Object.fromEntries(settings.parameters.map((parameter) => [parameter.name, parameter.default]));
    const parameters = { ...defaults, ...request.jobParameters };
    this.#store.putRun({ record, parameters, idempotencyToken: request.idempotencyToken ?? null });
    return record;
  }

  /** Starts the run, queues it or skips it, as the job's `max_concurrent_runs` and `queue` say. */
  #admit(run: RunRecord, settings: ParsedSettings): void {
    const others = this.#activeRuns(run.jobId).filter((other) => other.runId !== run.runId).length;
    if (others < settings.max_concurrent_runs) {
      this.#begin(run.runId, settings);
    } else if (settings.queue.enabled && settings.max_concurrent_runs > 0) {
      this.#update(run.runId, (record) => withState(record, queued));
    } else {
      const message = `The job allows ${settings.max_concurrent_runs} concurrent runs.`;
      const skipped = ended('MAXIMUM_CONCURRENT_RUNS_REACHED', message, 'SKIPPED');
      // It never ran, so there is no truth to record.
      this.#update(run.runId, (record) => withEnd(record, skipped, record.startTime));
    }
  }

  #admitQueued(jobId: string): void {
    const job = this.#store.job(jobId);
    if (!job) return;
    const settings = parseSettings(job.settings);
    const active = this.#activeRuns(jobId);
    const waiting = active.filter((run) => run.state.lifeCycle === 'QUEUED');
    const free = settings.max_concurrent_runs - (active.length - waiting.length);
    const next = waiting.toSorted((a, b) => a.numberInJob - b.numberInJob).slice(0, Math.max(0, free));
    for (const run of next) this.#begin(run.runId, settings);
  }

  #begin(runId: string, settings: ParsedSettings): void {
    this.#update(runId, (run) => withState(run, running));
    this.#execute(
      runId,
      settings,
      settings.tasks.map((task) => task.task_key),
    );
  }

  #execute(runId: string, settings: ParsedSettings, taskKeys: readonly string[]): void {
    const execution = new RunExecution(
      {
        clock: this.#options.clock,
        record: () => this.#run(runId),
        update: (change) => this.#update(runId, change),
        perform: (task, taskRun, signal) => this.#perform(runId, task, taskRun, signal),
      },
      settings,
      taskKeys,
    );
    this.#executions.set(runId, execution);
    this.#inBackground(
      execution.run().then(async (state) => {
        await this.#finish(runId, state);
      }),
    );
  }

  async #perform(runId: string, task: TaskSettings, taskRun: TaskRunRecord, signal: AbortSignal): Promise<void> {
    if (task.run_job_task) return await this.#performChild(runId, task.run_job_task, taskRun, signal);
    const path = scriptPath(task);
    if (path === null) throw new Error(`Task ${task.task_key} has no SQL file.`);
    const run = this.#run(runId);
    await runScript({
      task,
      script: await this.#options.readScript(path),
      statement: {
        parameters: this.#storedRun(runId).parameters,
        principal: this.#job(run.jobId).creator,
        job: attributionOf(run, taskRun, this.#job(run.jobId).creator),
      },
      options: this.#runOptions.get(runId) ?? {},
      runner: this.#options.statements,
      whenUp: (waitSignal) => this.#health.whenUp(waitSignal),
      signal,
    });
  }

  async #performChild(
    runId: string,
    { job_id: jobId, job_parameters: jobParameters }: NonNullable<TaskSettings['run_job_task']>,
    taskRun: TaskRunRecord,
    signal: AbortSignal,
  ): Promise<void> {
    const { stepDelayMs } = this.#runOptions.get(runId) ?? {};
    const child = this.runNow({
      jobId,
      principal: this.#run(runId).creator,
      jobParameters,
      trigger: 'RUN_JOB_TASK',
      ...(stepDelayMs !== undefined && { stepDelayMs }),
    });
    this.#update(runId, (run) => withTask(run, taskRun.runId, { childRunId: child.runId }));
    const cancel = (): void => this.cancelRun(child.runId);
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const { state } = await this.whenEnded(child.runId);
      if (state.result !== 'SUCCESS') throw new Error(`Run ${child.runId} ended ${state.result}: ${state.message}`);
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  async #finish(runId: string, state: RunState): Promise<void> {
    const run = this.#run(runId);
    let endTime: number;
    try {
      endTime = await this.#options.recordEnd(run, run.runName, state);
    } catch (error) {
      // A run must not stay active because its truth can't be told; whoever reads the truth will miss the record.
      this.#options.report(error);
      endTime = this.#options.clock.now();
    }
    this.#executions.delete(runId);
    this.#runOptions.delete(runId);
    this.#update(runId, (record) => withEnd(record, state, endTime));
    const ended = this.#run(runId);
    for (const resolve of this.#waiters.get(runId) ?? []) resolve(ended);
    this.#waiters.delete(runId);
    this.#admitQueued(run.jobId);
  }

  #stopAll(reason: StopReason): void {
    for (const { record } of this.#store.runs().filter((run) => isActive(run.record))) {
      const execution = this.#executions.get(record.runId);
      if (execution) execution.stop(reason);
      else this.#inBackground(this.#finish(record.runId, stoppedState(reason)));
    }
  }

  #inBackground(work: Promise<void>): void {
    const guarded = work.catch((error: unknown) => this.#options.report(error));
    this.#background.add(guarded);
    void guarded.finally(() => this.#background.delete(guarded));
  }

  #activeRuns(jobId: string): readonly RunRecord[] {
    return this.#store.runs().flatMap(({ record }) => (record.jobId === jobId && isActive(record) ? [record] : []));
  }

  #runByToken(jobId: string, token: string | undefined): RunRecord | undefined {
    if (token === undefined) return undefined;
    return this.#store.runs().find((run) => run.record.jobId === jobId && run.idempotencyToken === token)?.record;
  }

  #update(runId: string, change: (run: RunRecord) => RunRecord): void {
    const stored = this.#storedRun(runId);
    this.#store.putRun({ ...stored, record: change(stored.record) });
  }

  #storedRun(runId: string): StoredRun {
    const stored = this.#store.run(runId);
    if (!stored) throw new BackendError('RESOURCE_DOES_NOT_EXIST', `Run ${runId} does not exist.`);
    return stored;
  }

  #run(runId: string): RunRecord {
    return this.#storedRun(runId).record;
  }

  #job(jobId: string): JobRecord {
    const job = this.#store.job(jobId);
    if (!job) throw new BackendError('RESOURCE_DOES_NOT_EXIST', `Job ${jobId} does not exist.`);
    return job;
  }
}

function checkSettings(raw: JobSettings, now: number): void {
  const settings = parseSettings(raw);
  if (settings.schedule) nextFire(settings.schedule, now);
}

function checkRequest({ failAt }: RunOptions, settings: ParsedSettings): void {
  const keys = settings.tasks.map((task) => task.task_key);
  if (failAt === undefined || keys.includes(failAt)) return;
  throw new BackendError(
    'INVALID_PARAMETER_VALUE',
    `Job ${settings.name} has no task '${failAt}'. Its tasks are: ${keys.join(', ')}.`,
  );
}

/** @throws BackendError as the Jobs API does: unknown tasks, an active run, a `latest_repair_id` that is not the latest. */
function tasksToRepair(
  run: RunRecord,
  settings: ParsedSettings,
  request: Parameters<JobsBackend['repairRun']>[0],
): readonly string[] {
  if (isActive(run)) throw new BackendError('INVALID_STATE', `Run ${run.runId} is still active and can't be repaired.`);
  const latest = run.history.at(-1)?.id ?? null;
  if (latest !== (request.latestRepairId ?? null)) {
    throw new BackendError(
      'INVALID_PARAMETER_VALUE',
      `latest_repair_id must be that of the latest repair (${latest ?? 'none yet'}).`,
    );
  }
  const known = settings.tasks.map((task) => task.task_key);
  const asked = new Set(request.rerunTasks ?? []);
  const unknown = [...asked].find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw new BackendError('INVALID_PARAMETER_VALUE', `Job ${settings.name} has no task '${unknown}'.`);
  const failed = (key: string): boolean => latestAttempt(run.tasks, key)?.state.result !== 'SUCCESS';
  const chosen = known.filter((key) => asked.has(key) || (request.rerunAllFailedTasks === true && failed(key)));
  if (chosen.length === 0) throw new BackendError('INVALID_PARAMETER_VALUE', 'The repair names no task to run again.');
  return chosen;
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
