import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nextFire } from '../../../src/local/jobs/job-schedule.js';
import { Harness } from './harness.js';

let jobs: Harness;
beforeEach(async () => {
  jobs = new Harness();
  await jobs.engine.start();
});
afterEach(async () => {
  jobs.release();
  await jobs.engine.stop();
});

describe('when the region goes dark', () => {
  it('a run stops where it is and ends with an internal error', async () => {
    const runId = jobs.start(jobs.createJob({ a: ['1+wait+3'], b: ['4', 'a'] }));
    await jobs.waiting();
    jobs.faults.setAll('primary', { kind: 'outage' });
    const run = await jobs.engine.whenEnded(runId);
    expect(run.state).toMatchObject({ lifeCycle: 'INTERNAL_ERROR', result: 'FAILED' });
    expect(jobs.statements.map((statement) => statement.sql)).toEqual(['1', 'wait']);
    expect(jobs.ends).toHaveLength(1);
  });

  it('no run can start until it is back', async () => {
    const jobId = jobs.createJob({ a: ['1'] });
    jobs.faults.setAll('primary', { kind: 'outage' });
    expect(() => jobs.start(jobId)).toThrow('is down');
    jobs.faults.setAll('primary', { kind: 'none' });
    expect((await jobs.runToEnd(jobId)).state.result).toBe('SUCCESS');
  });

  it('the other region goes on', async () => {
    const runId = jobs.start(jobs.createJob({ a: ['wait'] }));
    await jobs.waiting();
    jobs.faults.setAll('secondary', { kind: 'outage' });
    jobs.release();
    expect((await jobs.engine.whenEnded(runId)).state.result).toBe('SUCCESS');
  });
});

it('a control plane that is silent does not stop the job: it runs on unseen', async () => {
  const runId = jobs.start(jobs.createJob({ a: ['wait+2'] }));
  await jobs.waiting();
  jobs.faults.set('primary', 'control', { kind: 'outage' });
  jobs.release();
  expect((await jobs.engine.whenEnded(runId)).state.result).toBe('SUCCESS');
});

it('a hanging storage holds the run up until it answers again', async () => {
  const runId = jobs.start(jobs.createJob({ a: ['wait+2'] }));
  await jobs.waiting();
  jobs.faults.set('primary', 'storage', { kind: 'hang' });
  jobs.release();
  expect(jobs.engine.run(runId)?.endTime).toBeNull();
  jobs.faults.set('primary', 'storage', { kind: 'none' });
  expect((await jobs.engine.whenEnded(runId)).state.result).toBe('SUCCESS');
});

describe('after a restart', () => {
  it('jobs and runs are what they were, and a run that was active has failed', async () => {
    const jobId = jobs.createJob({ a: ['wait'] });
    const runId = jobs.start(jobId);
    await jobs.waiting();
    // The process is gone: nobody ends the run in order.
    const next = jobs.newEngine();
    expect(next.run(runId)?.state.lifeCycle).toBe('RUNNING');
    await next.start();
    expect(next.job(jobId)?.settings.name).toBe('job');
    expect(next.run(runId)?.state).toMatchObject({ lifeCycle: 'INTERNAL_ERROR', result: 'FAILED' });
    await next.stop();
  });

  it('tells of a damaged file by its name', () => {
    writeFileSync(`${jobs.folder}/jobs.json`, '{');
    expect(() => jobs.newEngine()).toThrow(/jobs\.json is damaged/);
  });
});

describe('a schedule', () => {
  const daily = { quartz_cron_expression: '0 0 3 * * ?', timezone_id: 'UTC', pause_status: 'UNPAUSED' };
  const dayMs = 86_400_000;

  it('fires when the clock passes its time, as often as it was missed only once', async () => {
    const jobId = jobs.createJob({ a: ['1'] }, { schedule: daily });
    jobs.engine.lookAtSchedules();
    expect(jobs.engine.listRuns()).toHaveLength(0);
    jobs.clock.advance(3 * dayMs);
    jobs.engine.lookAtSchedules();
    jobs.engine.lookAtSchedules();
    expect(jobs.engine.listRuns().map((run) => [run.jobId, run.trigger])).toEqual([[jobId, 'PERIODIC']]);
  });

  it('does nothing while paused, and begins with the next time after it was unpaused', async () => {
    const jobId = jobs.createJob({ a: ['1'] }, { schedule: { ...daily, pause_status: 'PAUSED' } });
    jobs.engine.lookAtSchedules();
    jobs.clock.advance(2 * dayMs);
    jobs.engine.lookAtSchedules();
    jobs.engine.updateJob(jobId, { schedule: daily }, []);
    jobs.engine.lookAtSchedules();
    expect(jobs.engine.listRuns()).toHaveLength(0);
    jobs.clock.advance(dayMs);
    jobs.engine.lookAtSchedules();
    expect(jobs.engine.listRuns()).toHaveLength(1);
  });

  it('is refused when it can not be read', () => {
    const schedule = { quartz_cron_expression: 'every day', timezone_id: 'UTC' };
    expect(() => jobs.createJob({ a: ['1'] }, { schedule })).toThrow("Schedule 'every day'");
    const nowhere = { ...daily, timezone_id: 'Nowhere/City' };
    expect(() => jobs.createJob({ a: ['1'] }, { schedule: nowhere })).toThrow('Nowhere/City');
  });

  it('counts weekdays as Quartz does, from Sunday = 1', () => {
    const monday = { quartz_cron_expression: '0 0 12 ? * 2', timezone_id: 'UTC', pause_status: 'UNPAUSED' as const };
    const next = nextFire(monday, Date.UTC(2026, 0, 1));
    expect(new Date(next ?? 0).toISOString()).toBe('2026-01-05T12:00:00.000Z');
  });
});

describe('a file arrival', () => {
  const trigger = { pause_status: 'UNPAUSED', file_arrival: { url: 'abfss://landing@a/orders' } };
  const triggers = () => jobs.engine.listRuns().map((run) => run.trigger);
  const arrive = (name: string): void => {
    jobs.files.push(name);
    jobs.engine.lookAtSchedules();
  };

  it('starts a run once for all files that have come since, and for none that lay there before', () => {
    jobs.files.push('old');
    jobs.createJob({ a: ['1'] }, { trigger });
    jobs.engine.lookAtSchedules();
    jobs.engine.lookAtSchedules();
    expect(triggers()).toEqual([]);
    jobs.files.push('one');
    arrive('two');
    jobs.engine.lookAtSchedules();
    expect(triggers()).toEqual(['FILE_ARRIVAL']);
    arrive('three');
    expect(triggers()).toHaveLength(2);
  });

  it('waits until no more files come, and keeps its distance to the run before', () => {
    const patient = { min_time_between_triggers_seconds: 600, wait_after_last_change_seconds: 60 };
    jobs.createJob({ a: ['1'] }, { trigger: { file_arrival: { ...trigger.file_arrival, ...patient } } });
    jobs.engine.lookAtSchedules();
    const pass = (seconds: number): void => {
      jobs.clock.advance(seconds * 1000);
      jobs.engine.lookAtSchedules();
    };
    arrive('one');
    pass(59);
    arrive('two');
    pass(59);
    expect(triggers()).toHaveLength(0);
    pass(1);
    expect(triggers()).toHaveLength(1);
    arrive('three');
    pass(599);
    expect(triggers()).toHaveLength(1);
    pass(1);
    expect(triggers()).toHaveLength(2);
  });

  it('is not noticed while the trigger is paused, and is while the region is dark, when it is back', () => {
    const jobId = jobs.createJob({ a: ['1'] }, { trigger: { ...trigger, pause_status: 'PAUSED' } });
    arrive('one');
    jobs.engine.updateJob(jobId, { trigger }, []);
    jobs.engine.lookAtSchedules();
    expect(triggers()).toHaveLength(0);
    jobs.faults.setAll('primary', { kind: 'outage' });
    arrive('two');
    expect(triggers()).toHaveLength(0);
    jobs.faults.setAll('primary', { kind: 'none' });
    jobs.engine.lookAtSchedules();
    expect(triggers()).toHaveLength(1);
  });
});

it('settings that the Jobs API would refuse are refused', () => {
  const create = (tasks: object[]) => () => jobs.engine.createJob({ name: 'job', tasks }, 'owner');
  const notebook_task = { notebook_path: 'x' };
  expect(create([{ task_key: 'a', notebook_task, depends_on: [{ task_key: 'b' }] }])).toThrow("depends on 'b'");
  expect(
    create([
      { task_key: 'a', notebook_task },
      { task_key: 'a', notebook_task },
    ]),
  ).toThrow('more than once');
  expect(create([{ task_key: 'a' }])).toThrow('exactly one of');
  expect(
    create([
      { task_key: 'a', notebook_task, depends_on: [{ task_key: 'b' }] },
      { task_key: 'b', notebook_task, depends_on: [{ task_key: 'a' }] },
    ]),
  ).toThrow('in a circle');
});
