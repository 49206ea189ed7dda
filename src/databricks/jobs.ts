import type { z } from 'zod';
import { DrError } from '../domain/failure.js';
import type { JobRun } from '../domain/runs.js';
import type { Job, JobSettings, JobSettingsUpdate, Jobs, ListRunsOptions } from './api.js';
import type { JobAnswer, RunAnswer, TaskAnswer } from './job-answers.js';
import { jobAnswer, jobsPage, nothing, runAnswer, runNowAnswer, runOutput, runsPage } from './job-answers.js';
import { endOf, hasEnded, segmentsOf, taskBegan, taskRunIdsOf } from './job-runs.js';
import type { QueryValue, RestClient } from './rest-client.js';
import type { Subject } from './rest-failures.js';

/** Documented as "greater than 0 and less than 25". */
const runsPerPage = 24;
/** 60 days of a run every minute would be more; so many runs behind one recovery point is a fault, not a backlog. */
const maxPages = 200;
/**
 * The order of runs/list is documented in two ways (by start, by end), and a run that began early may end late: only
 * after so many whole pages of older runs in a row is the rest taken for older too.
 */
const olderPagesInARow = 3;
const runsWithoutBound = 50;
/** Databricks nests run_job tasks at most three deep. */
const maxDepth = 5;
const parallelCalls = 4;

/** @param rest speaks for the role `jobs` */
export function createJobs(rest: RestClient): Jobs {
  const about = (object: string, right: string): Subject => ({ object, right, notFound: 'JOB_NOT_FOUND' });
  const seeing = (jobId: string): Subject => about(`job ${jobId}`, 'CAN VIEW');
  const managing = (jobId: string): Subject => about(`job ${jobId}`, 'CAN MANAGE');

  const get = <T>(
    path: string,
    query: Record<string, QueryValue>,
    answer: z.ZodType<T>,
    subject: Subject,
  ): Promise<T> => rest.call({ method: 'GET', path: `/api/2.2/jobs/${path}`, query, answer, subject });
  const post = <T>(path: string, body: unknown, answer: z.ZodType<T>, subject: Subject): Promise<T> =>
    rest.call({ method: 'POST', path: `/api/2.2/jobs/${path}`, body, answer, subject });

  /** Pages of runs/list as they come, until the caller has enough. */
  async function* listPages(jobId: string, query: Record<string, QueryValue>): AsyncGenerator<readonly RunAnswer[]> {
    let token: string | undefined;
    for (let page = 0; page < maxPages; page += 1) {
      const answer = await get(
        'runs/list',
        { job_id: jobId, limit: runsPerPage, page_token: token, ...query },
        runsPage,
        seeing(jobId),
      );
      yield answer.runs ?? [];
      token = answer.next_page_token;
      if (token === undefined || token === '') return;
    }
    throw new DrError('UNEXPECTED_ANSWER', `The list of runs of job ${jobId} does not end after ${maxPages} pages.`);
  }

  /** Rows of runs/list that are active or ended since; each once, for runs move between pages while we read. */
  async function recentRows(jobId: string, endedSince: number | undefined): Promise<readonly RunAnswer[]> {
    const rows = new Map<string, RunAnswer>();
    let olderPages = 0;
    for await (const page of listPages(jobId, {})) {
      const recent = page.filter((run) => endedSince === undefined || isRecent(run, endedSince));
      for (const run of recent) rows.set(run.run_id, run);
      olderPages = recent.length === 0 ? olderPages + 1 : 0;
      if (olderPages >= olderPagesInARow) break;
      if (endedSince === undefined && rows.size >= runsWithoutBound * 2) break;
    }
    // An old run under repair is active again, however deep it lies in the list.
    for await (const page of listPages(jobId, { active_only: true })) {
      for (const run of page) rows.set(run.run_id, run);
    }
    const newestFirst = [...rows.values()].sort((a, b) => listEnd(b) - listEnd(a));
    return endedSince === undefined ? newestFirst.slice(0, runsWithoutBound) : newestFirst;
  }

  /** runs/get with all pages of its tasks. */
  async function wholeRun(runId: string, subject: Subject): Promise<{ run: RunAnswer; tasks: readonly TaskAnswer[] }> {
    const query = { run_id: runId, include_history: true };
    const run = await get('runs/get', query, runAnswer, subject);
    const tasks = [...(run.tasks ?? []), ...(run.iterations ?? [])];
    let token = run.next_page_token;
    for (let page = 0; token !== undefined && token !== ''; page += 1) {
      if (page >= maxPages) throw new DrError('UNEXPECTED_ANSWER', `The tasks of run ${runId} do not end.`);
      const next = await get('runs/get', { ...query, page_token: token }, runAnswer, subject);
      tasks.push(...(next.tasks ?? []), ...(next.iterations ?? []));
      token = next.next_page_token;
    }
    return { run, tasks };
  }

  async function startedRun(taskRunId: string, subject: Subject): Promise<string | undefined> {
    const output = await get('runs/get-output', { run_id: taskRunId }, runOutput, subject);
    return output.run_job_output?.run_id;
  }

  /** What a task set in motion beside itself: iterations of a for_each, the run of a run_job. */
  async function offspring(
    task: TaskAnswer,
    depth: number,
  ): Promise<{ taskRunIds: readonly string[]; children: readonly JobRun[] }> {
    if (task.run_id === undefined || !taskBegan(task)) return { taskRunIds: [], children: [] };
    const subject = about(`task run ${task.run_id}`, 'CAN VIEW');
    if (task.for_each_task !== undefined) {
      const { run, tasks } = await wholeRun(task.run_id, subject);
      const inner = await mapInParallel(
        tasks.filter((item) => item.run_id !== task.run_id),
        (item) => offspring(item, depth),
      );
      return {
        taskRunIds: [...taskRunIdsOf(run, tasks), ...inner.flatMap((item) => item.taskRunIds)],
        children: inner.flatMap((item) => item.children),
      };
    }
    if (task.run_job_task !== undefined) {
      const childId = task.run_job_task.run_id ?? (await startedRun(task.run_id, subject));
      if (childId === undefined) return { taskRunIds: [], children: [] };
      return { taskRunIds: [], children: [await readRun(childId, depth + 1)] };
    }
    return { taskRunIds: [], children: [] };
  }

  async function readRun(runId: string, depth: number): Promise<JobRun> {
    if (depth > maxDepth) throw new DrError('UNEXPECTED_ANSWER', `Run ${runId} is nested deeper than jobs can be.`);
    const { run, tasks } = await wholeRun(runId, about(`run ${runId}`, 'CAN VIEW'));
    const started = await mapInParallel(tasks, (task) => offspring(task, depth));
    return {
      runId: run.run_id,
      jobId: run.job_id ?? '',
      segments: segmentsOf(run),
      taskRunIds: [...new Set([...taskRunIdsOf(run, tasks), ...started.flatMap((item) => item.taskRunIds)])],
      childRuns: started.flatMap((item) => item.children),
    };
  }

  return {
    async findJob(name) {
      const jobs: JobAnswer[] = [];
      let token: string | undefined;
      do {
        const query = { name, limit: 100, page_token: token };
        const page = await get('list', query, jobsPage, about(`job named "${name}"`, 'CAN VIEW'));
        jobs.push(...(page.jobs ?? []));
        token = page.next_page_token === '' ? undefined : page.next_page_token;
      } while (token !== undefined);
      return chooseJob(name, jobs, rest.host);
    },

    async getSettings(jobId) {
      return settingsOf(await get('get', { job_id: jobId }, jobAnswer, seeing(jobId)));
    },

    async updateSettings(jobId, update) {
      const body = { job_id: BigInt(jobId), new_settings: newSettings(update) };
      await post('update', body, nothing, managing(jobId));
    },

    async listRuns(jobId, options: ListRunsOptions = {}) {
      const rows = await recentRows(jobId, options.endedSince);
      const known = new Map(options.known?.map((run) => [run.runId, run]));
      const runs = await mapInParallel(rows, async (row) => {
        const before = known.get(row.run_id);
        return before !== undefined && isUnchanged(row, before) ? before : readRun(row.run_id, 0);
      });
      return runs.sort((a, b) => (endOf(b) ?? Number.POSITIVE_INFINITY) - (endOf(a) ?? Number.POSITIVE_INFINITY) || 0);
    },

    getRun: (runId) => readRun(runId, 0),

    async hasActiveRun(jobId) {
      const page = await get('runs/list', { job_id: jobId, active_only: true, limit: 1 }, runsPage, seeing(jobId));
      return (page.runs ?? []).length > 0;
    },

    async cancelAllRuns(jobId) {
      await post('runs/cancel-all', { job_id: BigInt(jobId) }, nothing, about(`job ${jobId}`, 'CAN MANAGE RUN'));
    },

    async runNow(jobId, idempotencyToken) {
      const body = {
        job_id: BigInt(jobId),
        ...(idempotencyToken === undefined ? {} : { idempotency_token: idempotencyToken }),
      };
      const answer = await post('run-now', body, runNowAnswer, about(`job ${jobId}`, 'CAN MANAGE RUN'));
      return { runId: answer.run_id };
    },
  };
}

const isRecent = (run: RunAnswer, endedSince: number): boolean => !hasEnded(run) || listEnd(run) >= endedSince;

/** A row's end for ordering: active ones after everything. */
const listEnd = (run: RunAnswer): number => {
  if (!hasEnded(run)) return Number.MAX_SAFE_INTEGER;
  return run.end_time !== undefined && run.end_time > 0 ? run.end_time : (run.start_time ?? 0);
};

/** A repair moves the end of its run; a run that is active now or was then is always asked for again. */
const isUnchanged = (row: RunAnswer, known: JobRun): boolean => {
  const end = endOf(known);
  return end !== null && hasEnded(row) && listEnd(row) === end;
};

const settingsOf = ({ settings }: JobAnswer): JobSettings => ({
  name: settings?.name ?? '',
  schedule: settings?.schedule ?? null,
  trigger: settings?.trigger ?? null,
  continuous: settings?.continuous ?? null,
  // The API's default, which it leaves out.
  maxConcurrentRuns: settings?.max_concurrent_runs ?? 1,
});

const newSettings = ({
  schedule,
  trigger,
  continuous,
  maxConcurrentRuns,
}: JobSettingsUpdate): Record<string, unknown> => ({
  ...(schedule === undefined ? {} : { schedule }),
  ...(trigger === undefined ? {} : { trigger }),
  ...(continuous === undefined ? {} : { continuous }),
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

/** Order is kept; a failure stops the rest. */
async function mapInParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += parallelCalls) {
    results.push(...(await Promise.all(items.slice(start, start + parallelCalls).map(work))));
  }
  return results;
}
