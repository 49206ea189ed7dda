import type { Job, JobSettingsUpdate, PausableSetting } from '../databricks/api.js';
import { DrError, isTransient } from '../domain/failure.js';
import type { HostActivities, JobOrder } from './contract.js';
import type { ActivityDeps } from './deps.js';
import { notYet } from './waiting.js';

const cancelPollMs = 1000;

const startedBy = ['schedule', 'trigger', 'continuous'] as const;

/** Keeping a job from running in one region, and letting it run in another. Both may be repeated. */
export function createJobActivities(deps: ActivityDeps): Pick<HostActivities, 'readJob' | 'fenceJob' | 'activateJob'> {
  const jobsOf = ({ settings, region }: JobOrder) => deps.workspace(settings.workspace, region).jobs;
  const jobOf = (order: JobOrder): Promise<Job> => {
    const name = order.settings.job?.[order.region];
    if (name === undefined) throw new DrError('JOB_NOT_FOUND', `${order.settings.group} is a group without a job.`);
    return jobsOf(order).findJob(name);
  };

  return {
    async readJob(order) {
      return patiently(order, async () => ({ maxConcurrentRuns: (await jobOf(order)).settings.maxConcurrentRuns }));
    },

    async fenceJob(order) {
      await patiently(order, async () => {
        const job = await jobOf(order);
        const update = withPauseStatus(job, 'PAUSED', 0);
        if (update) await jobsOf(order).updateSettings(job.jobId, update);
        if (!(await jobsOf(order).hasActiveRun(job.jobId))) return;
        await jobsOf(order).cancelAllRuns(job.jobId);
        throw notYet(`runs of ${job.settings.name} are being cancelled`, cancelPollMs);
      });
    },

    async activateJob(order) {
      const job = await jobOf(order);
      const { maxConcurrentRuns } = job.settings;
      const update = withPauseStatus(
        job,
        'UNPAUSED',
        maxConcurrentRuns === 0 ? order.maxConcurrentRuns : maxConcurrentRuns,
      );
      if (update) await jobsOf(order).updateSettings(job.jobId, update);
    },
  };
}

/**
 * The update that pauses or unpauses whatever starts the job; null when all is so already. The Jobs API replaces a
 * setting whole, so it is sent whole.
 */
function withPauseStatus(
  { settings }: Job,
  status: 'PAUSED' | 'UNPAUSED',
  maxConcurrentRuns: number,
): JobSettingsUpdate | null {
  const update: { schedule?: PausableSetting; trigger?: PausableSetting; continuous?: PausableSetting } = {};
  for (const key of startedBy) {
    const setting = settings[key];
    // Absent means UNPAUSED. Source: Jobs API 2.2, `schedule.pause_status`.
    if (setting && (setting.pause_status ?? 'UNPAUSED') !== status) update[key] = { ...setting, pause_status: status };
  }
  const limit = settings.maxConcurrentRuns === maxConcurrentRuns ? {} : { maxConcurrentRuns };
  const whole: JobSettingsUpdate = { ...update, ...limit };
  return Object.keys(whole).length === 0 ? null : whole;
}

/** A region that is away is asked again at the fail-over interval, for as long as it takes. */
async function patiently<Result>({ settings }: JobOrder, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof DrError) || !isTransient(thrown.code)) throw thrown;
    throw new DrError(thrown.code, thrown.message, {
      remedy: thrown.remedy,
      retryAfterMs: settings.failoverIntervalMinutes * 60_000,
      cause: thrown,
    });
  }
}
