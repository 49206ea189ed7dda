/** Reads runs of a job by the Jobs API, complete with repairs, task runs and children, in as few calls as that takes. */

import { DrError } from '../domain/failure.js';
import { inParallel } from '../domain/in-parallel.js';
import type { JobRun } from '../domain/runs.js';
import type { ListRunsOptions } from './api.js';
import type { RunAnswer, TaskAnswer } from './job-answers.js';
import { runAnswer, runOutput, runsPage } from './job-answers.js';
import { endOf, hasEnded, listedEnd, segmentsOf, taskBegan, taskRunIdsOf } from './job-runs.js';
import { allOf, pagesOf } from './paging.js';
import type { QueryValue, RestClient } from './rest-client.js';
import type { Subject } from './rest-failures.js';

/** Documented as "greater than 0 and less than 25". */
const runsPerPage = 24;
/**
 * The order of runs/list is documented in two ways (by start, by end), and a run that began early may end late: only
 * after so many whole pages of older runs in a row is the rest taken for older too.
 */
const olderPagesInARow = 2;
const runsWithoutBound = 50;
/**
 * Before a group's first point nothing bounds how long ago a run began that ended lately: so many pages are looked through
 * for one.
 */
const pagesWithoutBound = 12;
/** Databricks nests run_job tasks at most three deep. */
const maxDepth = 5;
const parallelCalls = 4;

export interface RunReader {
  /** Runs that are active or ended since, else the newest 50, and those to include; newest end first, active ones before all. */
  recent(jobId: string, options: ListRunsOptions): Promise<readonly JobRun[]>;
  one(runId: string): Promise<JobRun>;
  isActive(runId: string): Promise<boolean>;
}

const about = (object: string): Subject => ({ object, right: 'CAN VIEW', notFound: 'JOB_NOT_FOUND' });

export function createRunReader(rest: RestClient): RunReader {
  /** What the last look at each job told; nothing of it is trusted that may have changed since. */
  const lastLook = new Map<string, ReadonlyMap<string, JobRun>>();

  const listPages = (jobId: string, filter: Readonly<Record<string, QueryValue>>) =>
    pagesOf(`runs of job ${jobId}`, async (token) => {
      const page = await rest.call({
        method: 'GET',
        path: '/api/2.2/jobs/runs/list',
        query: { job_id: jobId, limit: runsPerPage, page_token: token, ...filter },
        answer: runsPage,
        subject: about(`job ${jobId}`),
      });
      return { items: page.runs ?? [], next: page.next_page_token };
    });

  /** Rows of runs/list that are active or ended since; each once, for runs move between pages while we read. */
  async function recentRows(jobId: string, endedSince: number | undefined): Promise<readonly RunAnswer[]> {
    const rows = new Map<string, RunAnswer>();
    let olderPages = 0;
    let pages = 0;
    for await (const page of listPages(jobId, {})) {
      pages += 1;
      const recent = page.filter((run) => endedSince === undefined || !hasEnded(run) || listedEnd(run) >= endedSince);
      for (const run of recent) rows.set(run.run_id, run);
      olderPages = recent.length === 0 ? olderPages + 1 : 0;
      if (olderPages >= olderPagesInARow || (endedSince === undefined && pages >= pagesWithoutBound)) break;
    }
    // An old run under repair is active again, however deep it lies in the list. A list of one page was seen whole.
    if (pages > 1) {
      for await (const page of listPages(jobId, { active_only: true })) {
        for (const run of page) rows.set(run.run_id, run);
      }
    }
    const newestFirst = [...rows.values()].sort((a, b) => listedEnd(b) - listedEnd(a));
    return endedSince === undefined ? newestFirst.slice(0, runsWithoutBound) : newestFirst;
  }

  const getPage = (runId: string, more: Readonly<Record<string, QueryValue>>): Promise<RunAnswer> =>
    rest.call({
      method: 'GET',
      path: '/api/2.2/jobs/runs/get',
      query: { run_id: runId, ...more },
      answer: runAnswer,
      subject: about(`run ${runId}`),
    });

  /** runs/get with all pages of its tasks. For the run of a for_each task these are its iterations. */
  async function wholeRun(runId: string): Promise<WholeRun> {
    let first: RunAnswer | undefined;
    const tasks = await allOf(`tasks of run ${runId}`, async (token) => {
      const run = await getPage(runId, { include_history: true, page_token: token });
      first ??= run;
      return { items: [...(run.tasks ?? []), ...(run.iterations ?? [])], next: run.next_page_token };
    });
    if (first === undefined) throw new DrError('UNEXPECTED_ANSWER', `${rest.host} tells nothing of run ${runId}.`);
    return { run: first, tasks };
  }

  async function startedRun(taskRunId: string): Promise<string | undefined> {
    const output = await rest.call({
      method: 'GET',
      path: '/api/2.2/jobs/runs/get-output',
      query: { run_id: taskRunId },
      answer: runOutput,
      subject: about(`task run ${taskRunId}`),
    });
    return output.run_job_output?.run_id;
  }

  /** What a task set in motion beside itself: iterations of a for_each, the run of a run_job. */
  async function offspring(task: TaskAnswer, depth: number): Promise<Offspring> {
    if (task.run_id === undefined || !taskBegan(task)) return nothingMore;
    if (task.for_each_task !== undefined) {
      const { run, tasks } = await wholeRun(task.run_id);
      const iterations = tasks.filter((item) => item.run_id !== task.run_id);
      const inner = await inParallel(iterations, parallelCalls, (item) => offspring(item, depth));
      return {
        taskRunIds: [...taskRunIdsOf(run, tasks), ...inner.flatMap((item) => item.taskRunIds)],
        childRuns: inner.flatMap((item) => item.childRuns),
      };
    }
    if (task.run_job_task !== undefined) {
      const childId = task.run_job_task.run_id ?? (await startedRun(task.run_id));
      const child = childId === undefined ? null : await unlessDeleted(childId, depth + 1);
      if (child !== null) return { taskRunIds: [], childRuns: [child] };
    }
    return nothingMore;
  }

  async function withOffspring({ run, tasks }: WholeRun, depth: number): Promise<JobRun> {
    if (depth > maxDepth)
      throw new DrError('UNEXPECTED_ANSWER', `Run ${run.run_id} is nested deeper than jobs can be.`);
    const started = await inParallel(tasks, parallelCalls, (task) => offspring(task, depth));
    return {
      runId: run.run_id,
      jobId: run.job_id ?? '',
      segments: segmentsOf(run, tasks),
      taskRunIds: [...new Set([...taskRunIdsOf(run, tasks), ...started.flatMap((item) => item.taskRunIds)])],
      childRuns: started.flatMap((item) => item.childRuns),
    };
  }

  /** null for a run that was deleted since it was listed: it can't be told, and asking again does not help. */
  async function unlessDeleted(runId: string, depth: number): Promise<JobRun | null> {
    const whole = await unlessGone(wholeRun(runId));
    return whole && withOffspring(whole, depth);
  }

  return {
    async recent(jobId, { endedSince, include = [] }) {
      const rows = await recentRows(jobId, endedSince);
      const known = lastLook.get(jobId) ?? new Map<string, JobRun>();
      const listed = new Set(rows.map((row) => row.run_id));
      const beyond = new Set([...include, ...stillWanted(known, endedSince)].filter((runId) => !listed.has(runId)));
      const found = await inParallel([...rows, ...beyond], parallelCalls, async (wanted) => {
        if (typeof wanted === 'string') return unlessDeleted(wanted, 0);
        const before = known.get(wanted.run_id);
        return before !== undefined && isSettled(wanted, before) ? before : unlessDeleted(wanted.run_id, 0);
      });
      const runs = found.filter((run) => run !== null);
      lastLook.set(jobId, new Map(runs.map((run) => [run.runId, run])));
      const end = (run: JobRun): number => endOf(run) ?? Number.MAX_SAFE_INTEGER;
      return runs.sort((a, b) => end(b) - end(a));
    },
    one: async (runId) => withOffspring(await wholeRun(runId), 0),
    async isActive(runId) {
      const run = await unlessGone(getPage(runId, {}));
      return run !== null && !hasEnded(run);
    },
  };
}

/** null for a run that is unknown (any more): all are deleted after 60 days. One that may not be seen is refused otherwise. */
async function unlessGone<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof DrError && error.code === 'JOB_NOT_FOUND') return null;
    throw error;
  }
}

interface WholeRun {
  readonly run: RunAnswer;
  readonly tasks: readonly TaskAnswer[];
}

type Offspring = Pick<JobRun, 'taskRunIds' | 'childRuns'>;
const nothingMore: Offspring = { taskRunIds: [], childRuns: [] };

/**
 * Runs of the last look that matter, whether the list shows them or not: a run that is repaired long after it began lies
 * deep in it, and is no longer among the active ones when the repair has ended.
 */
const stillWanted = (known: ReadonlyMap<string, JobRun>, endedSince: number | undefined): readonly string[] =>
  [...known.values()]
    .filter((run) => (endOf(run) ?? Number.POSITIVE_INFINITY) >= (endedSince ?? Number.POSITIVE_INFINITY))
    .map(({ runId }) => runId);

/**
 * Nothing of a run changes after its end but by a repair, which moves the end. A child may be repaired by itself, and
 * its parent's end tells nothing of that.
 */
const isSettled = (row: RunAnswer, known: JobRun): boolean =>
  hasEnded(row) && listedEnd(row) === endOf(known) && known.childRuns.length === 0;
