import type { Clock } from '../clock.js';
import type { JobRecord } from '../server/backends.js';
import { FileArrivals } from './file-arrivals.js';
import { nextFire } from './job-schedule.js';
import type { ParsedSettings } from './job-settings.js';
import { parseSettings } from './job-settings.js';

const lookEveryMs = 500;

export interface SchedulerHost {
  readonly clock: Clock;
  jobs(): readonly JobRecord[];
  hasActiveRun(jobId: string): boolean;
  filesBelow(url: string): readonly string[];
  isDown(): boolean;
  start(jobId: string, trigger: 'PERIODIC' | 'CONTINUOUS' | 'FILE_ARRIVAL'): void;
  report(error: unknown): void;
}

/** Starts runs of jobs whose schedule is due or whose files have arrived, and of unpaused continuous jobs that have none. Time is the clock's, so a moved clock makes schedules fire. */
export class Scheduler {
  readonly #host: SchedulerHost;
  /** Per job: the schedule that `due` was computed for, and when it fires. */
  readonly #due = new Map<string, { readonly schedule: string; readonly at: number | null }>();
  readonly #arrivals: FileArrivals;
  readonly #timer: NodeJS.Timeout;

  constructor(host: SchedulerHost) {
    this.#host = host;
    this.#arrivals = new FileArrivals((url) => host.filesBelow(url));
    this.look();
    this.#timer = setInterval(() => this.look(), lookEveryMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  look(): void {
    for (const job of this.#host.jobs()) {
      try {
        this.#lookAt(job);
      } catch (error) {
        this.#host.report(error);
      }
    }
  }

  #lookAt(job: JobRecord): void {
    const settings = parseSettings(job.settings);
    if (settings.continuous?.pause_status === 'UNPAUSED' && !this.#host.hasActiveRun(job.jobId)) {
      this.#host.start(job.jobId, 'CONTINUOUS');
    }
    if (this.#isDue(job.jobId, settings.schedule)) this.#host.start(job.jobId, 'PERIODIC');
    // What arrives while the region is down is found when it is back.
    if (!this.#host.isDown() && this.#arrivals.isDue(job.jobId, settings.trigger, this.#host.clock.now())) {
      this.#host.start(job.jobId, 'FILE_ARRIVAL');
    }
  }

  #isDue(jobId: string, schedule: ParsedSettings['schedule']): boolean {
    if (schedule?.pause_status !== 'UNPAUSED') {
      this.#due.delete(jobId);
      return false;
    }
    const now = this.#host.clock.now();
    const key = JSON.stringify([schedule.quartz_cron_expression, schedule.timezone_id]);
    const known = this.#due.get(jobId);
    const isDue = known?.schedule === key && known.at !== null && known.at <= now;
    // Times that were missed while the clock jumped make one run, not many.
    if (known?.schedule !== key || isDue) this.#due.set(jobId, { schedule: key, at: nextFire(schedule, now) });
    return isDue;
  }
}
