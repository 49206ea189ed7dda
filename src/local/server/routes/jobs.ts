import { z } from 'zod';
import type { JobRecord, JobRight, JobsBackend, Principal, RunRecord, TaskRunRecord } from '../backends.js';
import { doesNotExist, invalidParameter, permissionDenied } from '../http/api-error.js';
import type { ApiRequest, Route } from '../http/router.js';
import { forEachRunWire, jobWire, outputWire, repairHistoryWire, runWire } from './jobs-wire.js';
import { id, page, parseBody, parseQuery, queryBoolean, queryInteger } from './parse.js';

const part = 'control';
/** Public clients use 2.2; older ones 2.1 and 2.0 with the same meaning here. */
const versions = ['2.2', '2.1', '2.0'];

const ranks: Readonly<Record<JobRight, number>> = { CAN_VIEW: 1, CAN_MANAGE_RUN: 2, CAN_MANAGE: 3 };

const settingsSchema = z.looseObject({ name: z.string().default('Untitled') });
const jobIdBody = z.object({ job_id: id });
const runIdBody = z.object({ run_id: id });
const jobIdQuery = z.object({ job_id: id });

const jobsListQuery = z.object({
  name: z.string().optional(),
  limit: queryInteger.pipe(z.int().min(1, 'must be 1 to 100').max(100, 'must be 1 to 100')).default(20),
  page_token: z.string().optional(),
  expand_tasks: queryBoolean.optional(),
});

const runsListQuery = z.object({
  job_id: id.optional(),
  active_only: queryBoolean.default(false),
  completed_only: queryBoolean.default(false),
  start_time_from: queryInteger.optional(),
  start_time_to: queryInteger.optional(),
  run_type: z.enum(['JOB_RUN', 'SUBMIT_RUN', 'WORKFLOW_RUN']).optional(),
  limit: queryInteger.pipe(z.int().min(1, 'must be 1 to 25').max(25, 'must be 1 to 25')).default(20),
  page_token: z.string().optional(),
  expand_tasks: queryBoolean.default(false),
});

const runGetQuery = z.object({
  run_id: id,
  include_history: queryBoolean.default(false),
  include_resolved_values: queryBoolean.optional(),
  page_token: z.string().optional(),
});

const updateBody = z.object({
  job_id: id,
  new_settings: z.record(z.string(), z.unknown()).default({}),
  fields_to_remove: z.array(z.string()).default([]),
});

const resetBody = z.object({ job_id: id, new_settings: settingsSchema });

const runNowBody = z.looseObject({
  job_id: id,
  idempotency_token: z.string().max(64).optional(),
  job_parameters: z.record(z.string(), z.string()).optional(),
});

const repairBody = z.looseObject({
  run_id: id,
  rerun_tasks: z.array(z.string()).optional(),
  rerun_all_failed_tasks: z.boolean().optional(),
  latest_repair_id: id.optional(),
});

const activeStates = new Set(['QUEUED', 'PENDING', 'RUNNING', 'TERMINATING', 'BLOCKED', 'WAITING_FOR_RETRY']);

/** The Jobs API. */
export function jobsRoutes(jobs: JobsBackend): readonly Route[] {
  const job = (request: ApiRequest, jobId: string, right: JobRight): JobRecord => {
    const found = jobs.job(jobId);
    if (!found) throw doesNotExist(`Job ${jobId} does not exist.`);
    demand(request.principal, right, found.settings.name, `job ${jobId} (${found.settings.name})`);
    return found;
  };
  const run = (request: ApiRequest, runId: string, right: JobRight): RunRecord => {
    const found = jobs.run(runId);
    if (!found) throw doesNotExist(`Run ${runId} does not exist.`);
    demand(request.principal, right, nameOf(found), `run ${runId} of job ${found.jobId}`);
    return found;
  };
  /** A task run or an iteration of one, with the run that it is part of. */
  const taskRun = (runId: string): { parent: RunRecord; task: TaskRunRecord } | undefined => {
    for (const parent of jobs.listRuns()) {
      const all = parent.tasks.flatMap((task) => [task, ...(task.iterations ?? [])]);
      const task = all.find((one) => one.runId === runId);
      if (task) return { parent, task };
    }
    return undefined;
  };
  const nameOf = (one: RunRecord): string => jobs.job(one.jobId)?.settings.name ?? one.runName;

  const endpoints: Readonly<Record<string, Route['handle']>> = {
    'GET list': (request) => {
      const filter = parseQuery(jobsListQuery, request.query);
      const visible = jobs
        .listJobs()
        // Without CAN_VIEW a job is missing from the list; that is no error.
        .filter(({ settings }) => holds(request.principal, 'CAN_VIEW', settings.name))
        .filter(({ settings }) => !filter.name || settings.name.toLowerCase() === filter.name.toLowerCase());
      const { items, nextPageToken } = page(visible, filter.limit, filter.page_token);
      return {
        jobs: items.map((one) => jobWire(one, filter.expand_tasks ?? false)),
        has_more: nextPageToken !== undefined,
        next_page_token: nextPageToken,
      };
    },
    'GET get': (request) => jobWire(job(request, parseQuery(jobIdQuery, request.query).job_id, 'CAN_VIEW'), true),
    'POST create': (request) => {
      const settings = parseBody(settingsSchema, request.body);
      demand(request.principal, 'CAN_MANAGE', settings.name, `job ${settings.name}`);
      return { job_id: BigInt(jobs.createJob(settings, request.principal.name)) };
    },
    'POST update': (request) => {
      const body = parseBody(updateBody, request.body);
      job(request, body.job_id, 'CAN_MANAGE');
      jobs.updateJob(body.job_id, body.new_settings, body.fields_to_remove);
      return {};
    },
    'POST reset': (request) => {
      const body = parseBody(resetBody, request.body);
      job(request, body.job_id, 'CAN_MANAGE');
      jobs.resetJob(body.job_id, body.new_settings);
      return {};
    },
    'POST delete': (request) => {
      const body = parseBody(jobIdBody, request.body);
      job(request, body.job_id, 'CAN_MANAGE');
      jobs.deleteJob(body.job_id);
      return {};
    },
    'POST run-now': (request) => {
      const body = parseBody(runNowBody, request.body);
      job(request, body.job_id, 'CAN_MANAGE_RUN');
      const { runId, numberInJob } = jobs.runNow({
        jobId: body.job_id,
        principal: request.principal.name,
        ...(body.idempotency_token !== undefined && { idempotencyToken: body.idempotency_token }),
        ...(body.job_parameters && { jobParameters: body.job_parameters }),
      });
      return { run_id: BigInt(runId), number_in_job: numberInJob };
    },
    'GET runs/list': (request) => listRuns(request),
    'GET runs/get': (request) => {
      const query = parseQuery(runGetQuery, request.query);
      const each = taskRun(query.run_id);
      if (each?.task.spec?.for_each_task !== undefined) {
        run(request, each.parent.runId, 'CAN_VIEW');
        const { items, nextPageToken } = page(each.task.iterations ?? [], 100, query.page_token);
        return { ...forEachRunWire(each.parent, each.task, items), next_page_token: nextPageToken };
      }
      const found = run(request, query.run_id, 'CAN_VIEW');
      const { items: tasks, nextPageToken } = page(found.tasks, 100, query.page_token);
      return {
        ...runWire(found, tasks),
        ...(query.include_history && { repair_history: repairHistoryWire(found) }),
        next_page_token: nextPageToken,
      };
    },
    'GET runs/get-output': (request) => {
      const { run_id } = parseQuery(runIdBody, request.query);
      const found = taskRun(run_id);
      if (!found) throw doesNotExist(`Task run ${run_id} does not exist.`);
      run(request, found.parent.runId, 'CAN_VIEW');
      return outputWire(found.task);
    },
    'POST runs/cancel': (request) => {
      const { run_id } = parseBody(runIdBody, request.body);
      run(request, run_id, 'CAN_MANAGE_RUN');
      jobs.cancelRun(run_id);
      return {};
    },
    'POST runs/cancel-all': (request) => {
      const { job_id } = parseBody(jobIdBody, request.body);
      job(request, job_id, 'CAN_MANAGE_RUN');
      jobs.cancelAllRuns(job_id);
      return {};
    },
    'POST runs/repair': (request) => {
      const body = parseBody(repairBody, request.body);
      run(request, body.run_id, 'CAN_MANAGE_RUN');
      const { repairId } = jobs.repairRun({
        runId: body.run_id,
        ...(body.rerun_tasks && { rerunTasks: body.rerun_tasks }),
        ...(body.rerun_all_failed_tasks !== undefined && { rerunAllFailedTasks: body.rerun_all_failed_tasks }),
        ...(body.latest_repair_id !== undefined && { latestRepairId: body.latest_repair_id }),
      });
      return { repair_id: BigInt(repairId) };
    },
  };

  const listRuns = (request: ApiRequest): unknown => {
    const filter = parseQuery(runsListQuery, request.query);
    if (filter.active_only && filter.completed_only) {
      throw invalidParameter('active_only and completed_only cannot both be true.');
    }
    const visible = jobs
      .listRuns()
      .filter((one) => filter.job_id === undefined || one.jobId === filter.job_id)
      .filter((one) => holds(request.principal, 'CAN_VIEW', nameOf(one)))
      .filter((one) => !filter.active_only || activeStates.has(one.state.lifeCycle))
      .filter((one) => !filter.completed_only || !activeStates.has(one.state.lifeCycle))
      .filter((one) => one.startTime >= (filter.start_time_from ?? 0))
      .filter((one) => one.startTime <= (filter.start_time_to ?? Number.MAX_SAFE_INTEGER))
      // Everything here is a job run; another kind finds nothing.
      .filter(() => filter.run_type === undefined || filter.run_type === 'JOB_RUN')
      .toSorted((a, b) => b.startTime - a.startTime || Number(BigInt(b.runId) - BigInt(a.runId)));
    const { items, nextPageToken } = page(visible, filter.limit, filter.page_token);
    return {
      runs: items.map((one) => runWire(one, filter.expand_tasks ? one.tasks.slice(0, 100) : undefined)),
      has_more: nextPageToken !== undefined,
      next_page_token: nextPageToken,
    };
  };

  return versions.flatMap((version) =>
    Object.entries(endpoints).map(([key, handle]) => {
      const [method, path] = key.split(' ');
      return { method: method === 'GET' ? 'GET' : 'POST', path: `/api/${version}/jobs/${path}`, part, handle } as const;
    }),
  );
}

function holds(principal: Principal, right: JobRight, jobName: string): boolean {
  const granted = principal.jobRights[jobName] ?? principal.jobRights['*'];
  return principal.admin || (granted !== undefined && ranks[granted] >= ranks[right]);
}

function demand(principal: Principal, right: JobRight, jobName: string, object: string): void {
  if (!holds(principal, right, jobName)) throw permissionDenied(principal.name, right, object);
}
