/**
 * A region's job service: keeps jobs and runs, and really runs them. Implements what the server's Jobs API needs.
 * Statements go to the region's SQL engine through a `StatementRunner`; at the end of every run the truth is recorded.
 */
import type { Region } from '../../domain/region.js';
import type { Clock } from '../clock.js';
import type { JobRecord, JobSettings, JobsBackend, RunRecord, RunState } from '../server/backends.js';
import { BackendError } from '../server/backends.js';
import type { FaultBoard } from '../server/faults.js';
import { newId } from './ids.js';
import { nextFire } from './job-schedule.js';
import type { ParsedSettings } from './job-settings.js';
import { parseSettings } from './job-settings.js';
import { JobStore } from './job-store.js';
import { RegionHealth } from './region-health.js';
import type { RepairRequest } from './repair.js';
import { tasksToRepair } from './repair.js';
import { RunBook } from './run-book.js';
import { RunConductor } from './run-conductor.js';
import { stoppedState } from './run-execution.js';
import { isActive, withRepair } from './run-updates.js';
import { Scheduler } from './scheduler.js';
import type { RunOptions, StatementRunner } from './task-work.js';

export interface JobEngineOptions {
  /** Where jobs and runs are kept. */
  readonly folder: string;
  readonly region: Region;
  readonly clock: Clock;
  readonly faults: FaultBoard;
  readonly statements: StatementRunner;
  /** Text of a task's SQL file. */
  readonly readScript: (path: string) => Promise<string>;
  /** Names of the files in a storage folder and below it. @throws BackendError for a folder that the region does not have */
  readonly filesBelow: (url: string) => readonly string[];
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

export class JobEngine implements JobsBackend {
  readonly #options: JobEngineOptions;
  readonly #store: JobStore;
  readonly #book: RunBook;
  readonly #health: RegionHealth;
  readonly #conductor: RunConductor;
  readonly #stopWatching: () => void;
  #scheduler: Scheduler | null = null;

  constructor(options: JobEngineOptions) {
    this.#options = options;
    this.#store = new JobStore(options.folder);
    this.#book = new RunBook(this.#store);
    this.#health = new RegionHealth(options.faults, options.region);
    this.#conductor = new RunConductor({
      ...options,
      book: this.#book,
      health: this.#health,
      job: (jobId) => this.#store.job(jobId),
      startChild: (jobId, parent, jobParameters, runOptions) =>
        this.runNow({ jobId, principal: parent.creator, jobParameters, trigger: 'RUN_JOB_TASK', ...runOptions }).runId,
    });
    this.#stopWatching = this.#health.onDown(() => {
      for (const run of this.#book.active()) this.#conductor.stop(run.runId, 'region-down');
    });
  }

  /** Ends runs that an earlier process left active, then begins to honour schedules. */
  async start(): Promise<void> {
    for (const run of this.#book.active()) await this.#conductor.finish(run.runId, stoppedState('shutdown'));
    this.#scheduler = new Scheduler({
      clock: this.#options.clock,
      jobs: () => this.listJobs(),
      filesBelow: this.#options.filesBelow,
      isDown: () => this.#health.isDown(),
      hasActiveRun: (jobId) => this.#book.active(jobId).length > 0,
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
    for (const run of this.#book.active()) this.#conductor.stop(run.runId, 'shutdown');
    await this.#conductor.settled();
  }

  listJobs(): readonly JobRecord[] {
    return this.#store.jobs();
  }

  job(jobId: string): JobRecord | undefined {
    return this.#store.job(jobId);
  }

  createJob(settings: JobSettings, creator: string): string {
    this.#checkSettings(settings);
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
    this.#checkSettings(settings);
    this.#store.putJob({ ...this.#job(jobId), settings });
    this.#conductor.admitQueued(jobId);
  }

  deleteJob(jobId: string): void {
    this.#job(jobId);
    this.cancelAllRuns(jobId);
    this.#store.deleteJob(jobId);
  }

  /** @throws BackendError when the job or a task is unknown, or the region is down. */
  runNow(request: RunRequest): { readonly runId: string; readonly numberInJob: number } {
    const { jobId, principal, idempotencyToken, jobParameters = {}, trigger = 'ONE_TIME', ...runOptions } = request;
    const job = this.#job(jobId);
    const settings = parseSettings(job.settings);
    const repeated = idempotencyToken === undefined ? undefined : this.#book.byToken(jobId, idempotencyToken);
    if (repeated) return { runId: repeated.runId, numberInJob: repeated.numberInJob };
    checkRequest(runOptions, settings);
    if (this.#health.isDown()) {
      throw new BackendError(
        'INVALID_STATE',
        `Region ${this.#options.region} is down: no run can start until it is back.`,
      );
    }
    const run = this.#book.create({
      job,
      settings,
      principal,
      trigger,
      jobParameters,
      startTime: this.#options.clock.now(),
      idempotencyToken: idempotencyToken ?? null,
    });
    this.#conductor.admit(run, settings, runOptions);
    return { runId: run.runId, numberInJob: run.numberInJob };
  }

  listRuns(): readonly RunRecord[] {
    return this.#book.list(this.#options.clock.now());
  }

  run(runId: string): RunRecord | undefined {
    return this.#book.find(runId);
  }

  /** Resolves with the run as soon as it is active no longer. @throws BackendError for an unknown run */
  async whenEnded(runId: string): Promise<RunRecord> {
    return await this.#book.whenEnded(runId);
  }

  /** Forgets an ended run, as `jobs/runs/delete` does. */
  deleteRun(runId: string): void {
    this.#book.delete(runId);
  }

  cancelRun(runId: string): void {
    if (isActive(this.#book.get(runId))) this.#conductor.stop(runId, 'canceled');
  }

  cancelAllRuns(jobId: string): void {
    for (const run of this.#book.active(jobId)) this.cancelRun(run.runId);
  }

  repairRun(request: RepairRequest & RunOptions): { readonly repairId: string } {
    const run = this.#book.get(request.runId);
    const settings = parseSettings(this.#job(run.jobId).settings);
    const taskKeys = tasksToRepair(run, settings, request);
    const repairId = newId();
    this.#book.update(run.runId, (record) => withRepair(record, repairId, this.#options.clock.now()));
    this.#conductor.execute(run.runId, settings, taskKeys, request);
    return { repairId };
  }

  #checkSettings(raw: JobSettings): void {
    const { schedule, trigger } = parseSettings(raw);
    const { clock, filesBelow } = this.#options;
    if (schedule) nextFire(schedule, clock.now());
    if (trigger?.file_arrival) filesBelow(trigger.file_arrival.url);
  }

  #job(jobId: string): JobRecord {
    const job = this.#store.job(jobId);
    if (!job) throw new BackendError('RESOURCE_DOES_NOT_EXIST', `Job ${jobId} does not exist.`);
    return job;
  }
}

function checkRequest({ failAt }: RunOptions, settings: ParsedSettings): void {
  const keys = settings.tasks.flatMap(({ task_key, for_each_task: each }) => [
    task_key,
    ...(each ? [each.task.task_key] : []),
  ]);
  if (failAt === undefined || keys.includes(failAt)) return;
  throw new BackendError(
    'INVALID_PARAMETER_VALUE',
    `Job ${settings.name} has no task '${failAt}'. Its tasks are: ${keys.join(', ')}.`,
  );
}
