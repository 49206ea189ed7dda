import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Harness, taskResults } from './harness.js';

let jobs: Harness;
beforeEach(async () => {
  jobs = new Harness();
  await jobs.engine.start();
});
afterEach(async () => {
  await jobs.engine.stop();
  expect(jobs.problems).toEqual([]);
});

describe('a run', () => {
  it('does its tasks in the order of their dependencies, every statement attributed to job, run and task run', async () => {
    const jobId = jobs.createJob({ last: ['c', 'middle'], middle: ['b1+b2', 'first'], first: ['a'] });
    const run = await jobs.runToEnd(jobId);
    expect(jobs.statements.map((statement) => statement.sql)).toEqual(['a', 'b1', 'b2', 'c']);
    const middle = run.tasks.find((task) => task.taskKey === 'middle');
    expect(jobs.statements[1]?.job).toMatchObject({ jobId, jobRunId: run.runId, runId: middle?.runId, jobName: 'job' });
    expect(run).toMatchObject({ state: { lifeCycle: 'TERMINATED', result: 'SUCCESS' }, numberInJob: 1 });
  });

  it('has ids that a JavaScript number can not hold', async () => {
    const run = await jobs.runToEnd(jobs.createJob({ only: ['a'] }));
    for (const id of [run.runId, run.jobId, ...run.tasks.map((task) => task.runId)]) {
      expect(BigInt(id)).toBeGreaterThan(BigInt(Number.MAX_SAFE_INTEGER));
      expect(BigInt(id)).toBeLessThan(2n ** 63n);
    }
  });

  it('fails when a leaf fails, and does not run what depends on a failed task', async () => {
    const run = await jobs.runToEnd(jobs.createJob({ a: ['fail'], b: ['x', 'a'], c: ['y'] }));
    expect(taskResults(run)).toEqual({ a: 'FAILED', b: 'UPSTREAM_FAILED', c: 'SUCCESS' });
    expect(run.state.result).toBe('FAILED');
    expect(new Set(jobs.statements.map((statement) => statement.sql))).toEqual(new Set(['fail', 'y']));
  });

  it('is a partial success when only inner tasks failed', async () => {
    const task = { b: { run_if: 'ALL_DONE' } };
    const run = await jobs.runToEnd(jobs.createJob({ a: ['fail'], b: ['x', 'a'] }, { task }));
    expect(run.state.result).toBe('SUCCESS_WITH_FAILURES');
  });

  it('repeats a failed task under a new task run id', async () => {
    const run = await jobs.runToEnd(jobs.createJob({ a: ['fail'] }, { task: { a: { max_retries: 2 } } }));
    expect(run.tasks.map((task) => task.attemptNumber)).toEqual([0, 1, 2]);
    expect(new Set(run.tasks.map((task) => task.runId)).size).toBe(3);
    expect(run.history[0]?.taskRunIds).toEqual(run.tasks.map((task) => task.runId));
  });

  it('of a for_each task has a task run per input, each with its input and an attribution of its own', async () => {
    const task = {
      task_key: 'one',
      notebook_task: { notebook_path: '{{input}}', base_parameters: { in: '{{input}}' } },
    };
    const run = await jobs.runToEnd(
      jobs.engine.createJob(
        { name: 'each', tasks: [{ task_key: 'all', for_each_task: { inputs: '["a+b", 7]', concurrency: 2, task } }] },
        'owner',
      ),
    );
    const iterations = run.tasks[0]?.iterations ?? [];
    expect(iterations.map(({ taskKey, state }) => [taskKey, state.result])).toEqual([
      ['one', 'SUCCESS'],
      ['one', 'SUCCESS'],
    ]);
    const told = jobs.statements.map(({ sql, parameters, job }) => [sql, parameters.in, job.jobRunId, job.runId]);
    expect(new Set(told)).toEqual(
      new Set([
        ['a', 'a+b', run.runId, iterations[0]?.runId],
        ['b', 'a+b', run.runId, iterations[0]?.runId],
        ['7', '7', run.runId, iterations[1]?.runId],
      ]),
    );
  });

  it('of a for_each task fails with one of its iterations, and the others go on', async () => {
    const task = { task_key: 'one', notebook_task: { notebook_path: '{{input}}' } };
    const run = await jobs.runToEnd(
      jobs.engine.createJob(
        { name: 'each', tasks: [{ task_key: 'all', for_each_task: { inputs: '["fail", "a"]', task } }] },
        'owner',
      ),
    );
    expect(run.state.result).toBe('FAILED');
    expect(run.tasks[0]?.state.message).toBe('1 of 2 iterations failed.');
    expect(run.tasks[0]?.iterations?.map(({ state }) => state.result)).toEqual(['FAILED', 'SUCCESS']);
  });

  it('that is cancelled leaves no iteration open', async () => {
    const task = { task_key: 'one', notebook_task: { notebook_path: '{{input}}' } };
    const runId = jobs.start(
      jobs.engine.createJob(
        { name: 'each', tasks: [{ task_key: 'all', for_each_task: { inputs: '["wait", "a"]', task } }] },
        'owner',
      ),
    );
    await jobs.waiting();
    jobs.engine.cancelRun(runId);
    const run = await jobs.engine.whenEnded(runId);
    expect(run.tasks[0]?.iterations?.map(({ state }) => state.result)).toEqual(['CANCELED', 'CANCELED']);
    expect(jobs.statements.map(({ sql }) => sql)).toEqual(['wait']);
  });

  it('refuses inputs that are no list', () => {
    const task = { task_key: 'one', notebook_task: { notebook_path: 'a' } };
    const tasks = [{ task_key: 'all', for_each_task: { inputs: '{{job.parameters.x}}', task } }];
    expect(() => jobs.engine.createJob({ name: 'each', tasks }, 'owner')).toThrow('must be a JSON array');
  });

  it('fails on request half-way through a task, after something was written', async () => {
    const run = await jobs.runToEnd(jobs.createJob({ a: ['1'], b: ['2+3+4', 'a'], c: ['5', 'b'] }), { failAt: 'b' });
    expect(jobs.statements.map((statement) => statement.sql)).toEqual(['1', '2']);
    expect(taskResults(run)).toEqual({ a: 'SUCCESS', b: 'FAILED', c: 'UPSTREAM_FAILED' });
  });

  it('refuses a task to fail at that it does not have', () => {
    const jobId = jobs.createJob({ a: ['1'] });
    expect(() => jobs.start(jobId, { failAt: 'z' })).toThrow("no task 'z'. Its tasks are: a");
  });

  it('starts once for one idempotency token', async () => {
    const jobId = jobs.createJob({ a: ['1'] });
    const first = jobs.start(jobId, { idempotencyToken: 'once' });
    await jobs.engine.whenEnded(first);
    expect(jobs.start(jobId, { idempotencyToken: 'once' })).toBe(first);
    expect(jobs.engine.listRuns()).toHaveLength(1);
  });

  it('hands its own parameters to statements, the defaults of the job where none are given', async () => {
    const parameters = [
      { name: 'path', default: 'here' },
      { name: 'day', default: 'today' },
    ];
    await jobs.runToEnd(jobs.createJob({ a: ['1'] }, { parameters }), { jobParameters: { day: 'monday' } });
    expect(jobs.statements[0]?.parameters).toEqual({ path: 'here', day: 'monday' });
  });

  it('records the truth before anyone sees the end', async () => {
    const run = await jobs.runToEnd(jobs.createJob({ a: ['1'] }));
    expect(jobs.ends).toEqual([{ runId: run.runId, result: 'SUCCESS' }]);
    expect(run.endTime).not.toBeNull();
  });
});

describe('a canceled run', () => {
  it('begins no further statement and ends CANCELED', async () => {
    const runId = jobs.start(jobs.createJob({ a: ['wait+2'], b: ['3', 'a'] }));
    await jobs.waiting();
    jobs.engine.cancelRun(runId);
    const run = await jobs.engine.whenEnded(runId);
    expect(run.state).toMatchObject({ lifeCycle: 'TERMINATED', result: 'CANCELED' });
    expect(jobs.statements.map((statement) => statement.sql)).toEqual(['wait']);
    expect(run.tasks.every((task) => task.endTime !== null)).toBe(true);
  });

  it('takes the runs that it started with it', async () => {
    const child = jobs.createJob({ c: ['wait'] }, { name: 'child' });
    const parent = jobs.engine.createJob(
      { name: 'parent', tasks: [{ task_key: 'call', run_job_task: { job_id: child } }] },
      'owner',
    );
    const runId = jobs.start(parent);
    await jobs.waiting();
    jobs.engine.cancelRun(runId);
    const run = await jobs.engine.whenEnded(runId);
    const childRunId = run.tasks[0]?.childRunId ?? '';
    expect((await jobs.engine.whenEnded(childRunId)).state.result).toBe('CANCELED');
    expect(jobs.engine.run(childRunId)?.trigger).toBe('RUN_JOB_TASK');
  });
});

describe('concurrent runs', () => {
  it('wait in the queue and start in order when the one before ends', async () => {
    const jobId = jobs.createJob({ a: ['wait'] });
    const first = jobs.start(jobId);
    await jobs.waiting();
    const second = jobs.start(jobId);
    expect(jobs.engine.run(second)?.state.lifeCycle).toBe('QUEUED');
    const begun = jobs.waiting();
    jobs.release();
    await jobs.engine.whenEnded(first);
    await begun;
    jobs.release();
    expect((await jobs.engine.whenEnded(second)).state.result).toBe('SUCCESS');
  });

  it('are skipped where the queue is off, and always where none is allowed', async () => {
    const jobId = jobs.createJob({ a: ['wait'] }, { queue: { enabled: false } });
    const first = jobs.start(jobId);
    await jobs.waiting();
    const skipped = await jobs.runToEnd(jobId);
    expect(skipped.state).toMatchObject({ lifeCycle: 'SKIPPED', result: 'MAXIMUM_CONCURRENT_RUNS_REACHED' });
    jobs.release();
    await jobs.engine.whenEnded(first);

    jobs.engine.updateJob(jobId, { max_concurrent_runs: 0, queue: { enabled: true } }, []);
    expect((await jobs.runToEnd(jobId)).state.lifeCycle).toBe('SKIPPED');
    expect(jobs.ends.map((end) => end.runId)).toEqual([first]);
  });

  it('overlap where the job allows it', async () => {
    const jobId = jobs.createJob({ a: ['wait'] }, { max_concurrent_runs: 2 });
    const first = jobs.start(jobId);
    await jobs.waiting();
    const second = jobs.start(jobId);
    await jobs.waiting();
    expect(jobs.engine.listRuns().filter((run) => run.endTime === null)).toHaveLength(2);
    jobs.release();
    await Promise.all([jobs.engine.whenEnded(first), jobs.engine.whenEnded(second)]);
  });
});

describe('a repair', () => {
  it('makes the run active again, runs the failed tasks under new ids and moves the end', async () => {
    const jobId = jobs.createJob({ a: ['1'], b: ['2+3', 'a'], c: ['4', 'b'] });
    const failed = await jobs.runToEnd(jobId, { failAt: 'b' });
    jobs.statements.length = 0;
    const { repairId } = jobs.engine.repairRun({ runId: failed.runId, rerunAllFailedTasks: true });
    expect(jobs.engine.run(failed.runId)?.endTime).toBeNull();
    const repaired = await jobs.engine.whenEnded(failed.runId);
    expect(jobs.statements.map((statement) => statement.sql)).toEqual(['2', '3', '4']);
    expect(repaired.state.result).toBe('SUCCESS');
    expect(repaired.history.map(({ type, id, state }) => [type, id, state.result])).toEqual([
      ['ORIGINAL', null, 'FAILED'],
      ['REPAIR', repairId, 'SUCCESS'],
    ]);
    expect(repaired.endTime ?? 0).toBeGreaterThanOrEqual(failed.endTime ?? 0);
    expect(repaired.history[1]?.taskRunIds).toHaveLength(2);
  });

  it('must name the latest repair', async () => {
    const failed = await jobs.runToEnd(jobs.createJob({ a: ['fail'] }));
    const request = { runId: failed.runId, rerunTasks: ['a'] };
    const { repairId } = jobs.engine.repairRun(request);
    await jobs.engine.whenEnded(failed.runId);
    expect(() => jobs.engine.repairRun(request)).toThrow('latest_repair_id');
    jobs.engine.repairRun({ ...request, latestRepairId: repairId });
    await jobs.engine.whenEnded(failed.runId);
  });

  it('is refused while the run is active', async () => {
    const runId = jobs.start(jobs.createJob({ a: ['wait'] }));
    await jobs.waiting();
    expect(() => jobs.engine.repairRun({ runId, rerunTasks: ['a'] })).toThrow('still active');
    jobs.release();
    await jobs.engine.whenEnded(runId);
  });
});
