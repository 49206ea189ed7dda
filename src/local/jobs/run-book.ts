import type { JobRecord, RunRecord, RunState } from '../server/backends.js';
import { BackendError } from '../server/backends.js';
import { newId } from './ids.js';
import type { ParsedSettings } from './job-settings.js';
import type { JobStore, StoredRun } from './job-store.js';
import { isActive, pending, withEnd } from './run-updates.js';

/** Source: Jobs API; runs are deleted after 60 days. */
const runsKeptMs = 60 * 24 * 3_600_000;

export interface NewRun {
  readonly job: JobRecord;
  readonly settings: ParsedSettings;
  readonly principal: string;
  readonly trigger: RunRecord['trigger'];
  readonly startTime: number;
  readonly jobParameters: Readonly<Record<string, string>>;
  readonly idempotencyToken: string | null;
}

/** The runs of a region: their records, and who waits for their end. */
export class RunBook {
  readonly #store: JobStore;
  readonly #waiters = new Map<string, Set<(run: RunRecord) => void>>();

  constructor(store: JobStore) {
    this.#store = store;
  }

  /** @throws BackendError for an unknown run */
  stored(runId: string): StoredRun {
    const stored = this.#store.run(runId);
    if (!stored) throw new BackendError('RESOURCE_DOES_NOT_EXIST', `Run ${runId} does not exist.`);
    return stored;
  }

  /** @throws BackendError for an unknown run */
  get(runId: string): RunRecord {
    return this.stored(runId).record;
  }

  find(runId: string): RunRecord | undefined {
    return this.#store.run(runId)?.record;
  }

  /** All runs that are kept at this time; those that are too old are forgotten. */
  list(now: number): readonly RunRecord[] {
    for (const { record } of this.#store.runs()) {
      if (!isActive(record) && record.startTime < now - runsKeptMs) this.#store.deleteRun(record.runId);
    }
    return this.#store.runs().map(({ record }) => record);
  }

  /** Runs that have not ended, queued ones included; of one job, or of all. */
  active(jobId?: string): readonly RunRecord[] {
    return this.#store
      .runs()
      .map(({ record }) => record)
      .filter((record) => isActive(record) && (jobId === undefined || record.jobId === jobId));
  }

  byToken(jobId: string, token: string): RunRecord | undefined {
    return this.#store.runs().find((run) => run.record.jobId === jobId && run.idempotencyToken === token)?.record;
  }

  /** A new run that nobody has begun yet. */
  create({ job, settings, principal, trigger, startTime, jobParameters, idempotencyToken }: NewRun): RunRecord {
    const record: RunRecord = {
      runId: newId(),
      jobId: job.jobId,
      runName: settings.name,
      numberInJob: 1 + this.#store.runs().filter((run) => run.record.jobId === job.jobId).length,
      creator: principal,
      trigger,
      startTime,
      endTime: null,
      state: pending,
      tasks: [],
      history: [{ type: 'ORIGINAL', id: null, startTime, endTime: null, taskRunIds: [], state: pending }],
    };
    const defaults = Object.fromEntries(settings.parameters.map((parameter) => [parameter.name, parameter.default]));
    this.#store.putRun({ record, parameters: { ...defaults, ...jobParameters }, idempotencyToken });
    return record;
  }

  update(runId: string, change: (run: RunRecord) => RunRecord): void {
    const stored = this.stored(runId);
    this.#store.putRun({ ...stored, record: change(stored.record) });
  }

  /** Ends the run and tells those who wait for it. */
  end(runId: string, state: RunState, endTime: number): void {
    this.update(runId, (record) => withEnd(record, state, endTime));
    const ended = this.get(runId);
    for (const resolve of this.#waiters.get(runId) ?? []) resolve(ended);
    this.#waiters.delete(runId);
  }

  /** Resolves with the run as soon as it is active no longer. */
  async whenEnded(runId: string): Promise<RunRecord> {
    const run = this.get(runId);
    if (!isActive(run)) return run;
    return await new Promise((resolve) => {
      const waiters = this.#waiters.get(runId) ?? new Set();
      this.#waiters.set(runId, waiters.add(resolve));
    });
  }

  /** @throws BackendError for an unknown or active run */
  delete(runId: string): void {
    if (isActive(this.get(runId))) throw new BackendError('INVALID_STATE', `Run ${runId} is active. Cancel it first.`);
    this.#store.deleteRun(runId);
  }
}
