import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Jobs } from '../../src/databricks/api.js';
import { createWorkspace } from '../../src/databricks/workspace.js';
import type { DrError } from '../../src/domain/failure.js';
import type { JobRun } from '../../src/domain/runs.js';
import { jobExamples, runReadings } from '../cut/examples/job-examples.js';
import { clock } from '../cut/examples/notation.js';
import { failureOf } from './support/failures.js';
import type { Asked, FakeHost, Reply } from './support/host.js';
import { connectionTo, startFakeHost } from './support/host.js';

/** Beyond 2^53: rounding it would name another run. */
const longId = '1018446744073709551';

let fake: FakeHost;
let jobs: Jobs;
let close: () => Promise<void>;

beforeEach(async () => {
  fake = await startFakeHost(() => ({ status: 404 }));
  const workspace = createWorkspace(connectionTo(fake));
  jobs = workspace.jobs;
  close = workspace.close;
});

afterEach(async () => {
  await close();
  await fake.close();
});

const ended = { state: { life_cycle_state: 'TERMINATED', result_state: 'SUCCESS' } };
const running = { state: { life_cycle_state: 'RUNNING' } };

/** Serves by the last part of the path; JSON texts as they are, so that long integers survive. */
const serve = (routes: Readonly<Record<string, (asked: Asked) => unknown>>): void => {
  fake.answer = (asked): Reply => {
    const route = routes[asked.path.replace('/api/2.2/jobs/', '')];
    return route === undefined ? { status: 404, body: { error_code: 'ENDPOINT_NOT_FOUND' } } : { body: route(asked) };
  };
};

/** In the notation of the examples. */
function toldRun({ segments, taskRunIds }: JobRun): string {
  const parts = segments.map(({ startTime, endTime, result }, index) => {
    const span = `${index === 0 ? '' : 'repaired '}${clock(startTime)}`;
    if (endTime === null) return `${span}-`;
    if (endTime === startTime) return `${span} ${result === null ? 'queued' : 'skipped'}`;
    return `${span}-${clock(endTime)}${result === 'SUCCESS' ? '' : ` ${result}`}`;
  });
  return `${parts.join(', ')}${taskRunIds.length === 0 ? '' : ` (${taskRunIds.join(', ')})`}`;
}

const asksOf = (path: string): readonly Asked[] => fake.asked.filter((one) => one.path === `/api/2.2/jobs/${path}`);

describe('finding the job', () => {
  it.each(jobExamples)('$title', async ({ wanted, jobs: known, answer }) => {
    const named = known
      .map((text) => text.split(' '))
      .map(([id, name]) => ({ job_id: Number(id), settings: { name } }));
    serve({ list: () => ({ jobs: named }) });
    const told = await jobs.findJob(wanted).then(
      ({ jobId }) => `job ${jobId}`,
      (failure: DrError) => [failure.code, ...(/: ([\d, ]+)\./.exec(failure.message)?.slice(1) ?? [])].join(': '),
    );
    expect(told).toBe(answer);
  });

  it('reads every page before it decides', async () => {
    serve({
      list: ({ query }) =>
        query.get('page_token') === null
          ? { jobs: [{ job_id: 1, settings: { name: 'etl' } }], next_page_token: 'p2' }
          : { jobs: [{ job_id: 2, settings: { name: 'etl' } }] },
    });
    expect((await failureOf(jobs.findJob('etl'))).code).toBe('JOB_AMBIGUOUS');
  });
});

describe('atomic: a run is told with everything that it wrote through', () => {
  it('keeps ids of 64 bit exact', async () => {
    serve({
      'runs/get': () =>
        `{"run_id": ${longId}, "job_id": 8, "start_time": 10, "end_time": 20, "state": {"life_cycle_state": "TERMINATED", "result_state": "SUCCESS"}, "tasks": [{"run_id": 1018446744073709553}]}`,
    });
    const run = await jobs.getRun(longId);
    expect(run.runId).toBe(longId);
    expect(run.taskRunIds).toEqual(['1018446744073709553']);
    expect(asksOf('runs/get')[0]?.query.get('run_id')).toBe(longId);
  });

  it.each(runReadings)('$title', async ({ api, answer }) => {
    serve({ 'runs/get': ({ query }) => api[Number(query.get('page_token') ?? 0)] });
    expect(toldRun(await jobs.getRun('1'))).toBe(answer);
  });

  it('every part of a repaired run began with its first task, where all of its tasks are told', async () => {
    const part = (type: string, start_time: number, end_time: number, task_run_ids: readonly number[], more = {}) => ({
      ...{ type, start_time, end_time, task_run_ids, ...ended },
      ...more,
    });
    serve({
      'runs/get': () => ({
        ...{ run_id: 1, job_id: 8, start_time: 10, end_time: 90, ...ended },
        tasks: [
          { run_id: 11, task_key: 'a', start_time: 20 },
          { run_id: 12, task_key: 'a', start_time: 55 },
          { run_id: 13, task_key: 'b', start_time: 70 },
        ],
        repair_history: [
          part('ORIGINAL', 10, 30, [11]),
          part('REPAIR', 50, 60, [12], { id: 71 }),
          part('REPAIR', 65, 90, [13, 14], { id: 72 }),
        ],
      }),
    });
    expect((await jobs.getRun('1')).segments.map(({ startTime }) => startTime)).toEqual([20, 55, 65]);
  });

  it('tells repairs as segments, in order of their start', async () => {
    serve({
      'runs/get': () => ({
        run_id: 1,
        job_id: 8,
        start_time: 10,
        end_time: 0,
        ...running,
        repair_history: [
          { type: 'REPAIR', id: 72, start_time: 50, end_time: 0, task_run_ids: [13], ...running },
          {
            type: 'ORIGINAL',
            start_time: 10,
            end_time: 20,
            task_run_ids: [11],
            state: { life_cycle_state: 'TERMINATED', result_state: 'FAILED' },
          },
          { type: 'REPAIR', id: 71, start_time: 30, end_time: 40, task_run_ids: [12], ...ended },
        ],
      }),
    });
    const run = await jobs.getRun('1');
    expect(run.segments).toEqual([
      { repairId: null, startTime: 10, endTime: 20, result: 'FAILED', taskRunIds: ['11'] },
      { repairId: '71', startTime: 30, endTime: 40, result: 'SUCCESS', taskRunIds: ['12'] },
      { repairId: '72', startTime: 50, endTime: null, result: null, taskRunIds: ['13'] },
    ]);
    expect(new Set(run.taskRunIds)).toEqual(new Set(['11', '12', '13']));
  });

  it.each([
    [{ state: { life_cycle_state: 'INTERNAL_ERROR' } }, 'INTERNAL_ERROR'],
    [{ status: { state: 'TERMINATED', termination_details: { code: 'SUCCESS' } } }, 'SUCCESS'],
    [{ status: { state: 'TERMINATED', termination_details: { code: 'RUN_EXECUTION_ERROR' } } }, 'FAILED'],
    [{ status: { state: 'TERMINATED', termination_details: { code: 'SOMETHING_NEW' } } }, 'SOMETHING_NEW'],
    [{ status: { state: 'TERMINATING' } }, null],
    [{ state: { life_cycle_state: 'WAITING_FOR_RETRY' } }, null],
    [{}, null],
  ])('a run with %j has the result %j', async (state, result) => {
    serve({ 'runs/get': () => ({ run_id: 1, job_id: 8, start_time: 10, end_time: 20, ...state }) });
    expect((await jobs.getRun('1')).segments[0]?.result).toBe(result);
  });

  it('follows run_job tasks, children of children and for_each iterations included', async () => {
    const run = (id: number, tasks: readonly object[], more: object = {}) => ({
      run_id: id,
      job_id: id * 10,
      start_time: 10,
      end_time: 20,
      ...ended,
      tasks,
      ...more,
    });
    const runs: Readonly<Record<string, unknown>> = {
      1: run(1, [
        { run_id: 11, start_time: 10, run_job_task: { job_id: 20 } },
        { run_id: 12, start_time: 10, for_each_task: {} },
        { run_id: 13, start_time: 0, run_job_task: { job_id: 99 } },
      ]),
      2: run(2, [{ run_id: 21, start_time: 10, run_job_task: { job_id: 30, run_id: 3 } }]),
      3: run(3, [{ run_id: 31, start_time: 10 }]),
      4: run(4, []),
      12: run(12, [], {
        iterations: [
          { run_id: 121, start_time: 10 },
          { run_id: 122, start_time: 10, run_job_task: { job_id: 40 } },
        ],
      }),
    };
    const outputs: Readonly<Record<string, number>> = { 11: 2, 122: 4 };
    serve({
      'runs/get': ({ query }) => runs[query.get('run_id') ?? ''],
      'runs/get-output': ({ query }) => ({ run_job_output: { run_id: outputs[query.get('run_id') ?? ''] } }),
    });
    const told = await jobs.getRun('1');
    expect(new Set(told.taskRunIds)).toEqual(new Set(['11', '12', '121', '122', '13']));
    expect(new Set(told.childRuns.map((child) => child.runId))).toEqual(new Set(['2', '4']));
    expect(told.childRuns.find((child) => child.runId === '2')?.childRuns.map((child) => child.runId)).toEqual(['3']);
  });
});

describe('runs that are deleted while they are looked at, as all are after 60 days', () => {
  const row = (id: number, tasks: readonly object[] = []) => ({
    ...{ run_id: id, job_id: 8, start_time: id * 10, end_time: id * 10 + 5, ...ended },
    tasks,
  });
  const gone = { status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE', message: 'Run 1 does not exist.' } };
  const without = (missing: string, rows: readonly ReturnType<typeof row>[]) => {
    fake.answer = ({ path, query }): Reply => {
      if (path.endsWith('runs/list')) return { body: { runs: rows } };
      if (query.get('run_id') === missing) return gone;
      return { body: rows.find((one) => String(one.run_id) === query.get('run_id')) };
    };
  };

  it('are no runs any more, and keep nobody from the others', async () => {
    without('1', [row(2), row(1)]);
    expect((await jobs.listRuns('8')).map((run) => run.runId)).toEqual(['2']);
  });

  it('leave the run that started them as it is', async () => {
    without('1', [row(2, [{ run_id: 21, start_time: 20, run_job_task: { run_id: 1 } }])]);
    expect(await jobs.listRuns('8')).toMatchObject([{ runId: '2', childRuns: [] }]);
  });

  it('while a task run that nobody finds is an error: what it started is not known', async () => {
    without('21', [row(2, [{ run_id: 21, start_time: 20, for_each_task: {} }])]);
    expect((await failureOf(jobs.listRuns('8'))).code).toBe('JOB_NOT_FOUND');
  });
});

describe('economical: a look at the runs asks for no more than it needs', () => {
  /** Runs that ended at 100, 200, …; the newest first, in pages of the size asked for. */
  const history = (count: number, active: readonly object[] = []) => {
    const rows = Array.from({ length: count }, (_, index) => ({
      run_id: count - index,
      job_id: 8,
      start_time: (count - index) * 100 - 50,
      end_time: (count - index) * 100,
      ...ended,
    }));
    serve({
      'runs/list': ({ query }) => {
        if (query.get('active_only') === 'true') return { runs: active };
        const size = Number(query.get('limit'));
        const start = Number(query.get('page_token') ?? 0);
        const next = start + size;
        return { runs: rows.slice(start, next), ...(next < count ? { next_page_token: String(next) } : {}) };
      },
      'runs/get': ({ query }) => rows.find((row) => String(row.run_id) === query.get('run_id')) ?? active[0],
    });
  };

  it('asks for details only of runs that ended since', async () => {
    history(500);
    const runs = await jobs.listRuns('8', { endedSince: 49_800 });
    expect(runs.map((run) => run.runId)).toEqual(['500', '499', '498']);
    expect(asksOf('runs/get')).toHaveLength(3);
    expect(asksOf('runs/list').length).toBeLessThan(6);
    expect(asksOf('runs/list').every((one) => Number(one.query.get('limit')) < 25)).toBe(true);
  });

  it('does not ask again for runs whose end has not moved', async () => {
    history(500);
    await jobs.listRuns('8', { endedSince: 49_800 });
    fake.asked.length = 0;
    const again = await jobs.listRuns('8', { endedSince: 49_700 });
    expect(again.map((run) => run.runId)).toEqual(['500', '499', '498', '497']);
    expect(asksOf('runs/get').map((one) => one.query.get('run_id'))).toEqual(['497']);
  });

  it('asks again for a run that a repair has ended anew, or whose children may have been repaired', async () => {
    let end = 20;
    const run = (id: number, tasks: readonly object[] = []) => ({
      run_id: id,
      job_id: 8,
      start_time: 10,
      end_time: id === 1 ? end : 20,
      ...ended,
      tasks,
    });
    serve({
      'runs/list': ({ query }) => (query.get('active_only') === 'true' ? {} : { runs: [run(1), run(2)] }),
      'runs/get': ({ query }) =>
        query.get('run_id') === '2'
          ? run(2, [{ run_id: 21, start_time: 10, run_job_task: { run_id: 3 } }])
          : run(Number(query.get('run_id'))),
    });
    await jobs.listRuns('8');
    fake.asked.length = 0;
    end = 30;
    const [latest] = await jobs.listRuns('8');
    expect(latest?.segments.at(-1)?.endTime).toBe(30);
    expect(asksOf('runs/get').map((one) => one.query.get('run_id'))).toEqual(['1', '2', '3']);
  });

  it('tells an end to a list that never ends', async () => {
    serve({ 'runs/list': () => ({ runs: [{ run_id: 1, job_id: 8, ...running }], next_page_token: 'again' }) });
    expect((await failureOf(jobs.listRuns('8', { endedSince: 1 }))).code).toBe('UNEXPECTED_ANSWER');
  });

  it('meets an old run that is under repair, however deep it lies', async () => {
    history(500, [{ run_id: 7, job_id: 8, start_time: 650, end_time: 0, ...running }]);
    const runs = await jobs.listRuns('8', { endedSince: 50_000 });
    expect(runs.map((run) => run.runId)).toContain('7');
  });

  it('still meets it when the repair has ended, and whatever run it is asked for by its id', async () => {
    const old = { run_id: 900, job_id: 8, start_time: 650, end_time: 0, ...running };
    history(500, [old]);
    await jobs.listRuns('8', { endedSince: 49_950 });
    history(500);
    const repaired = { ...old, end_time: 51_000, ...ended };
    const answer = fake.answer;
    fake.answer = (asked) => (asked.query.get('run_id') === '900' ? { body: repaired } : answer(asked));
    const idsOf = async (options: Parameters<Jobs['listRuns']>[1]): Promise<string[]> =>
      (await jobs.listRuns('8', options)).map((run) => run.runId);
    expect(await idsOf({ endedSince: 49_950 }), 'seen while it was active').toEqual(['900', '500']);
    expect(await idsOf({ endedSince: 49_950 }), 'and ever since').toEqual(['900', '500']);
    expect(await idsOf({ endedSince: 49_950, include: ['3', '500'] })).toEqual(['900', '500', '3']);
    expect(await idsOf({ endedSince: 51_500 }), 'no longer than it matters').toEqual([]);
  });

  it('is not misled by one older page: a run that began early may have ended late', async () => {
    const rows = Array.from({ length: 60 }, (_, index) => ({
      run_id: index + 1,
      job_id: 8,
      start_time: 10_000 - index,
      end_time: index === 30 ? 99_999 : 10_001 - index,
      ...ended,
    }));
    serve({
      'runs/list': ({ query }) => {
        const start = Number(query.get('page_token') ?? 0);
        return query.get('active_only') === 'true'
          ? {}
          : { runs: rows.slice(start, start + 24), next_page_token: start + 24 < 60 ? String(start + 24) : '' };
      },
      'runs/get': ({ query }) => rows[Number(query.get('run_id')) - 1],
    });
    expect((await jobs.listRuns('8', { endedSince: 50_000 })).map((run) => run.runId)).toEqual(['31']);
  });

  it('asks once where one page holds all runs', async () => {
    history(10);
    await jobs.listRuns('8', { endedSince: 900 });
    expect(asksOf('runs/list')).toHaveLength(1);
  });

  it('tells by one light call whether a run is active', async () => {
    history(10, [{ run_id: 70, job_id: 8, start_time: 650, end_time: 0, ...running }]);
    expect(await jobs.isActive('70')).toBe(true);
    expect(await jobs.isActive('3')).toBe(false);
    expect(fake.asked).toHaveLength(2);
    expect(asksOf('runs/get').map(({ query }) => query.get('include_history'))).toEqual([null, null]);
  });

  it('before the first point looks far back for a run that began early and ended late', async () => {
    const rows = Array.from({ length: 500 }, (_, index) => ({
      ...{ run_id: index + 1, job_id: 8, start_time: 10_000 - index, ...ended },
      end_time: index === 250 ? 10_100 : 10_001 - index,
    }));
    serve({
      'runs/list': ({ query }) => {
        const start = Number(query.get('page_token') ?? 0);
        return query.get('active_only') === 'true'
          ? {}
          : { runs: rows.slice(start, start + 24), next_page_token: start + 24 < 500 ? String(start + 24) : '' };
      },
      'runs/get': ({ query }) => rows[Number(query.get('run_id')) - 1],
    });
    const runs = await jobs.listRuns('8');
    expect(runs[0]?.runId).toBe('251');
    expect(asksOf('runs/list')).toHaveLength(13);
  });

  it('takes the newest 50 where no bound is given', async () => {
    history(500);
    expect(await jobs.listRuns('8')).toHaveLength(50);
  });
});

it('knows a missing run by the words that the Jobs API has for it', async () => {
  fake.answer = () => ({
    status: 400,
    body: { error_code: 'INVALID_PARAMETER_VALUE', message: 'Run 7 does not exist.' },
  });
  expect((await failureOf(jobs.getRun('7'))).code).toBe('JOB_NOT_FOUND');
  expect(await jobs.isActive('7')).toBe(false);
});

describe('steering the job', () => {
  it('sends whole settings and exact ids', async () => {
    serve({ update: () => ({}) });
    const schedule = { quartz_cron_expression: '0 0 * * * ?', timezone_id: 'UTC', pause_status: 'PAUSED' };
    await jobs.updateSettings(longId, { schedule, maxConcurrentRuns: 0 });
    expect(asksOf('update')[0]?.body).toBe(
      `{"job_id":${longId},"new_settings":{"schedule":${JSON.stringify(schedule)},"max_concurrent_runs":0}}`,
    );
  });

  it('reads settings whole, so that they can be given back', async () => {
    const schedule = {
      quartz_cron_expression: '0 0 * * * ?',
      timezone_id: 'UTC',
      pause_status: 'UNPAUSED',
      newer_field: 1,
    };
    serve({ get: () => ({ job_id: 8, settings: { name: 'etl', schedule, max_concurrent_runs: 4 } }) });
    expect(await jobs.getSettings('8')).toEqual({
      name: 'etl',
      schedule,
      trigger: null,
      continuous: null,
      maxConcurrentRuns: 4,
    });
  });

  it('tells whether a run is active, and cancels', async () => {
    serve({ 'runs/list': () => ({ runs: [{ run_id: 1, ...running }] }), 'runs/cancel-all': () => ({}) });
    expect(await jobs.hasActiveRun('8')).toBe(true);
    await jobs.cancelAllRuns('8');
    expect(asksOf('runs/cancel-all')[0]?.body).toBe('{"job_id":8}');
    serve({ 'runs/list': () => ({}) });
    expect(await jobs.hasActiveRun('8')).toBe(false);
  });
});
