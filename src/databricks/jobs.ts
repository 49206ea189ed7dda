import type { z } from 'zod';
import { DrError } from '../domain/failure.js';
import type { Job, JobSettings, JobSettingsUpdate, Jobs } from './api.js';
import type { JobAnswer } from './job-answers.js';
import { jobAnswer, jobsPage, nothing, runNowAnswer, runsPage } from './job-answers.js';
import { allOf } from './paging.js';
import type { RestClient } from './rest-client.js';
import type { Subject } from './rest-failures.js';
import { createRunReader } from './run-reader.js';

const about = (object: string, right: string): Subject => ({ object, right, notFound: 'JOB_NOT_FOUND' });

/** @param rest speaks for the role `jobs` */
export function createJobs(rest: RestClient): Jobs {
  const runs = createRunReader(rest);
  const steer = <T>(path: string, body: unknown, answer: z.ZodType<T>, subject: Subject): Promise<T> =>
    rest.call({ method: 'POST', path: `/api/2.2/jobs/${path}`, body, answer, subject });

  return {
    async findJob(name) {
      const jobs = await allOf(`jobs named "${name}"`, async (token) => {
        const page = await rest.call({
          method: 'GET',
          path: '/api/2.2/jobs/list',
          query: { name, limit: 100, page_token: token },
          answer: jobsPage,
          subject: about(`job named "${name}"`, 'CAN VIEW'),
        });
        return { items: page.jobs ?? [], next: page.next_page_token };
      });
      return chooseJob(name, jobs, rest.host);
    },

    async getSettings(jobId) {
      const job = await rest.call({
        method: 'GET',
        path: '/api/2.2/jobs/get',
        query: { job_id: jobId },
        answer: jobAnswer,
        subject: about(`job ${jobId}`, 'CAN VIEW'),
      });
      return settingsOf(job);
    },

    async updateSettings(jobId, update) {
      const body = { job_id: BigInt(jobId), new_settings: newSettings(update) };
      await steer('update', body, nothing, about(`job ${jobId}`, 'CAN MANAGE'));
    },

    listRuns: (jobId, options = {}) => runs.recent(jobId, options),
    getRun: runs.one,
    isActive: runs.isActive,

    async hasActiveRun(jobId) {
      const page = await rest.call({
        method: 'GET',
        path: '/api/2.2/jobs/runs/list',
        query: { job_id: jobId, active_only: true, limit: 1 },
        answer: runsPage,
        subject: about(`job ${jobId}`, 'CAN VIEW'),
      });
      return (page.runs ?? []).length > 0;
    },

    async cancelAllRuns(jobId) {
      const body = { job_id: BigInt(jobId) };
      await steer('runs/cancel-all', body, nothing, about(`job ${jobId}`, 'CAN MANAGE RUN'));
    },

    async runNow(jobId, idempotencyToken) {
      const token = idempotencyToken === undefined ? {} : { idempotency_token: idempotencyToken };
      const body = { job_id: BigInt(jobId), ...token };
      const answer = await steer('run-now', body, runNowAnswer, about(`job ${jobId}`, 'CAN MANAGE RUN'));
      return { runId: answer.run_id };
    },
  };
}

const settingsOf = ({ settings }: JobAnswer): JobSettings => ({
  name: settings?.name ?? '',
  schedule: settings?.schedule ?? null,
  trigger: settings?.trigger ?? null,
  continuous: settings?.continuous ?? null,
  // The API's default, which it leaves out.
  maxConcurrentRuns: settings?.max_concurrent_runs ?? 1,
});

const newSettings = ({ maxConcurrentRuns, ...whole }: JobSettingsUpdate): Record<string, unknown> => ({
  ...whole,
  ...(maxConcurrentRuns === undefined ? {} : { max_concurrent_runs: maxConcurrentRuns }),
});

/** The API's name filter knows no case, and names are not unique. */
function chooseJob(name: string, jobs: readonly JobAnswer[], host: string): Job {
  const candidates = jobs.map((job) => ({ jobId: job.job_id, settings: settingsOf(job) }));
  const exact = candidates.filter((job) => job.settings.name === name);
  const alike = candidates.filter((job) => job.settings.name.toLowerCase() === name.toLowerCase());
  const found = exact.length > 0 ? exact : alike;
  const [job, second] = found;
  if (job === undefined) {
    throw new DrError('JOB_NOT_FOUND', `There is no job named "${name}" on ${host}, or the principal may not see it.`, {
      remedy: 'Check the name in the config, and grant CAN VIEW on the job to the principal of this region.',
    });
  }
  if (second !== undefined) {
    const ids = found.map((each) => each.jobId).join(', ');
    throw new DrError('JOB_AMBIGUOUS', `${found.length} jobs on ${host} are named "${name}": ${ids}.`, {
      remedy: 'Rename all but one of them.',
    });
  }
  return job;
}
