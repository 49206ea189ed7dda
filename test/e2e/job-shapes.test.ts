/**
 * Jobs that are more than tasks of their own: `for_each` iterations, runs that a run starts, runs that a file starts, old runs
 * under repair, jobs that never rest. What any part of them wrote is the run's, and the copy is the state at the end of all
 * of it.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../demo/until.js';
import { containerUri } from '../../src/local/stack/layout.js';
import { newestVersion } from '../../src/local/truth/content-hash.js';
import { signals } from '../../src/workflows/messages.js';
import { differencesFrom, truthOf } from '../support/compare.js';
import { iterationTask, jobNamed, nestedTasks } from '../support/nested-job.js';
import { protectScheduledJob, scheduledGroup, scheduledJob } from '../support/random-schedules.js';
import { statementsSince } from '../support/requests.js';
import { execute } from '../support/sql.js';
import type { World } from '../support/world.js';
import { startWorld } from '../support/world.js';

const drop = `${containerUri('primary', 'landing')}/drop`;

let world: World;
let jobId: string;

beforeAll(async () => {
  world = await startWorld({
    // Its clock can be moved on, and the margin for clocks has always passed.
    createdAgoMs: 600_000,
    config: (_config, _workspace, groups) => protectScheduledJob(groups),
  });
  const job = jobNamed(world, scheduledJob);
  ({ jobId } = job);
  world.stack.regions.primary.jobs.updateJob(jobId, { tasks: nestedTasks(world, job) }, []);
  expect(await world.dr('apply')).toMatchObject({ code: 0 });
  world.startWorker();
}, 180_000);

afterAll(() => world?.end());

const syncAndWait = async (): Promise<void> => {
  const output = await world.dr('sync', scheduledGroup, '--wait');
  expect(output, output.stderr).toMatchObject({ code: 0 });
};

const publishedRun = async (): Promise<string | null | undefined> =>
  (await world.status(scheduledGroup)).recoveryPoint?.runId;

const secondaryEquals = async (runId: string, repairId: string | null = null): Promise<void> =>
  expect(await differencesFrom(world.stack, 'secondary', truthOf(world.stack, runId, repairId))).toEqual([]);

const runToItsEnd = async (options: { failAt?: string } = {}): Promise<string> => {
  const { runId, ended } = world.stack.runJob({ job: scheduledJob, ...options });
  await ended;
  return runId;
};

/** The worker reads the file again when it changed. */
function configure(settings: Record<string, unknown>): void {
  const file = world.stack.file.config;
  const config = JSON.parse(readFileSync(file, 'utf8')) as { workspaces: [{ sync_groups: Record<string, unknown>[] }] };
  const group = config.workspaces[0].sync_groups.find(({ group_name: name }) => name === scheduledGroup);
  Object.assign(group ?? {}, settings);
  writeFileSync(file, JSON.stringify(config));
}

/** Newest version of the first table that the job writes. */
const rawVersion = (): Promise<number> =>
  newestVersion(world.stack.file.tables.primary?.['dr_test_catalog.raw.raw_data'] ?? '');

/** Of each table of the published cut: what became of its changes since the point before. */
const fates = async (): Promise<Record<string, string[]>> => {
  const { code, stdout, stderr } = await world.dr('explain', scheduledGroup, '--json');
  expect(code, stderr).toBe(0);
  const { cuts } = JSON.parse(stdout) as {
    cuts: { tables: { table: string; commits: { fate: string; by: string; operation: string }[] }[] }[];
  };
  return Object.fromEntries(
    (cuts[0]?.tables ?? []).map(({ table, commits }) => [
      table,
      commits.filter(({ operation }) => operation === 'WRITE').map(({ fate, by }) => `${fate} ${by}`),
    ]),
  );
};

describe('atomic: a run with for_each iterations and a run that it starts', { timeout: 240_000 }, () => {
  it.each(['history', 'query-history'] as const)('is copied whole, commits attributed by %s', async (attribution) => {
    world.stack.regions.primary.setAttribution(attribution);
    const runId = await runToItsEnd();
    await syncAndWait();
    expect(await publishedRun()).toBe(runId);
    await secondaryEquals(runId);
    // Two iterations and the run that was started: all are the run's own.
    const own = [`contained run ${runId}`, `contained run ${runId}`, `chosen run ${runId}`];
    expect(Object.values(await fates())).toEqual([own, own, own]);
  });

  it('is not copied while the run that it started is active: neither the iterations nor half of that', async () => {
    const before = (await publishedRun()) ?? '';
    const versionBefore = await rawVersion();
    const { runId, ended } = world.stack.runJob({ job: scheduledJob, stepDelayMs: 3000 });
    await until('the first commit of the run that it starts', async () =>
      (await rawVersion()) === versionBefore + 3 ? true : null,
    );
    // Held between two statements, however slow the machine is.
    world.stack.faults.set('primary', 'storage', { kind: 'hang' });
    await world.entity(scheduledGroup).signal(signals.syncNow, {});
    await world.untilStatus(scheduledGroup, 'waiting for the run', ({ phase }) => phase === 'waiting-for-run');
    await secondaryEquals(before);
    world.stack.faults.set('primary', 'storage', { kind: 'none' });
    expect((await ended).state.result).toBe('SUCCESS');
    await world.untilStatus(scheduledGroup, 'the run', ({ recoveryPoint }) => recoveryPoint?.runId === runId);
    await secondaryEquals(runId);
  });

  it('fails with one of its iterations, and is then part of the next good run', async () => {
    const before = (await publishedRun()) ?? '';
    await runToItsEnd({ failAt: iterationTask });
    await syncAndWait();
    await secondaryEquals(before);
    const runId = await runToItsEnd();
    await syncAndWait();
    expect(await publishedRun()).toBe(runId);
    await secondaryEquals(runId);
  });
});

describe('a target that has another name from now on', { timeout: 240_000 }, () => {
  it('is filled from what is in staging already, though its source has not changed', async () => {
    const [source, renamed] = ['dr_test_catalog.main.gold_data', 'dr_test_catalog.main.gold_renamed'] as const;
    const others = ['dr_test_catalog.raw.raw_data', 'dr_test_catalog.stage.silver_data'];
    const before = (await publishedRun()) ?? '';
    // As a pipeline deploys it: empty, and with the rights that schemas give.
    await execute(world.stack, 'secondary', `CREATE TABLE ${renamed} (id BIGINT) USING DELTA`);
    const { catalog } = world.stack.regions.secondary;
    await catalog.grant('receiver', ['SELECT', 'MODIFY'], { type: 'table', name: renamed });
    await catalog.grant('jobs', ['SELECT'], { type: 'table', name: renamed });
    configure({ tables: [...others, { source, target: renamed }] });
    expect(await world.dr('apply')).toMatchObject({ code: 0 });
    const from = world.stack.requestLog.entries().length;
    await syncAndWait();
    expect(await publishedRun()).toBe(before);
    expect(statementsSince(world.stack, from, /DEEP CLONE/)).toEqual([
      expect.stringContaining('`gold_renamed` DEEP CLONE'),
    ]);
    const rows = async (table: string): Promise<string[]> =>
      (await execute(world.stack, 'secondary', `SELECT * FROM ${table}`)).map(String).toSorted();
    const copied = await rows(renamed);
    expect(copied).not.toEqual([]);
    expect(copied).toEqual(await rows(source));
    configure({ tables: [...others, source] });
    await syncAndWait();
    await secondaryEquals(before);
  });
});

describe('a run with other parameters', { timeout: 240_000 }, () => {
  it('is a run like any other', async () => {
    const { jobs } = world.stack.regions.primary;
    const { runId } = jobs.runNow({ jobId, principal: 'admin', jobParameters: { day: '2026-01-04' } });
    await jobs.whenEnded(runId);
    await syncAndWait();
    expect(await publishedRun()).toBe(runId);
    await secondaryEquals(runId);
  });
});

describe('an old run that is repaired after many newer ones', { timeout: 240_000 }, () => {
  it('lies deep in the list of runs, and is awaited and copied all the same', async () => {
    const { jobs } = world.stack.regions.primary;
    const old = await runToItsEnd({ failAt: iterationTask });
    jobs.updateJob(jobId, { max_concurrent_runs: 0 }, []);
    for (let skipped = 0; skipped < 80; skipped += 1) world.stack.runJob({ job: scheduledJob });
    jobs.updateJob(jobId, { max_concurrent_runs: 1 }, []);
    // So that those do not count as ended lately: the list is read as far as two whole pages of such runs.
    world.stack.clock.advance(120_000);
    const newer = await runToItsEnd();
    await syncAndWait();
    expect(await publishedRun()).toBe(newer);

    const { repairId } = jobs.repairRun({ runId: old, rerunAllFailedTasks: true, stepDelayMs: 2000 });
    await world.entity(scheduledGroup).signal(signals.syncNow, {});
    await world.untilStatus(scheduledGroup, 'waiting for the repair', ({ phase }) => phase === 'waiting-for-run');
    await jobs.whenEnded(old);
    await world.untilStatus(scheduledGroup, 'the repair', ({ recoveryPoint }) => recoveryPoint?.repairId === repairId);
    await secondaryEquals(old, repairId);
  });
});

describe('runs and jobs that are deleted', { timeout: 240_000 }, () => {
  it('a run is forgotten, as all are after 60 days: what it wrote is copied with the next', async () => {
    const { jobs } = world.stack.regions.primary;
    const published = (await publishedRun()) ?? '';
    const forgotten = await runToItsEnd({ failAt: iterationTask });
    const runId = await runToItsEnd();
    jobs.deleteRun(published);
    jobs.deleteRun(forgotten);
    await syncAndWait();
    expect(await publishedRun()).toBe(runId);
    await secondaryEquals(runId);
  });

  it('the job is renamed: held for a person, and goes on when it has its name again', async () => {
    const { jobs } = world.stack.regions.primary;
    jobs.updateJob(jobId, { name: 'renamed' }, []);
    const output = await world.dr('sync', scheduledGroup, '--wait');
    expect(output).toMatchObject({ code: 3 });
    expect(output.stderr + output.stdout).toContain('JOB_NOT_FOUND');
    jobs.updateJob(jobId, { name: scheduledJob }, []);
    const runId = await runToItsEnd();
    expect(await world.dr('resume', scheduledGroup)).toMatchObject({ code: 0 });
    await world.untilStatus(scheduledGroup, 'the run', ({ recoveryPoint }) => recoveryPoint?.runId === runId);
  });

  it('the job is deleted and created anew: the runs of the new one are copied', async () => {
    const { jobs } = world.stack.regions.primary;
    const before = jobs.job(jobId);
    if (!before) throw new Error('the job is gone');
    jobs.deleteJob(jobId);
    jobId = jobs.createJob(before.settings, before.creator);
    const runId = await runToItsEnd();
    await syncAndWait();
    expect(await publishedRun()).toBe(runId);
    await secondaryEquals(runId);
  });
});

describe('a continuous job', { timeout: 240_000 }, () => {
  afterAll(async () => {
    const { jobs } = world.stack.regions.primary;
    jobs.updateJob(jobId, {}, ['continuous']);
    jobs.cancelAllRuns(jobId);
    await until('the end of its runs', () =>
      jobs.listRuns().every((run) => run.jobId !== jobId || run.endTime !== null) ? true : null,
    );
  });

  it('is copied only with acknowledge_streaming; then at the end of one run, while the next is active', async () => {
    const { jobs } = world.stack.regions.primary;
    const before = await publishedRun();
    jobs.updateJob(jobId, { continuous: { pause_status: 'UNPAUSED' } }, []);
    const output = await world.dr('sync', scheduledGroup, '--wait');
    expect(output).toMatchObject({ code: 3 });
    expect(output.stderr + output.stdout).toContain('UNSUPPORTED_CHANGE');
    expect(await publishedRun()).toBe(before);

    configure({ acknowledge_streaming: true });
    expect(await world.dr('resume', scheduledGroup)).toMatchObject({ code: 0 });
    const { recoveryPoint } = await world.untilStatus(
      scheduledGroup,
      'a run',
      (status) => status.recoveryPoint?.runId !== before && status.phase === 'idle',
    );
    const runs = jobs.listRuns().filter((run) => run.jobId === jobId);
    expect(runs.find(({ runId }) => runId === recoveryPoint?.runId)).toMatchObject({ trigger: 'CONTINUOUS' });
    await secondaryEquals(recoveryPoint?.runId ?? '');
  });
});

describe('a job that files start', { timeout: 240_000 }, () => {
  const folder = (): string => {
    const [prefix, root] = Object.entries(world.stack.file.storage).find(([uri]) => drop.startsWith(uri)) ?? [];
    if (prefix === undefined || root === undefined) throw new Error(`no storage of the local pair has ${drop}`);
    return join(root, drop.slice(prefix.length));
  };
  const arrive = (name: string): void => {
    mkdirSync(folder(), { recursive: true });
    writeFileSync(join(folder(), name), 'new');
  };
  const startedByFile = () =>
    world.stack.regions.primary.jobs.listRuns().filter(({ trigger }) => trigger === 'FILE_ARRIVAL');

  it('runs when one arrives, and is copied', async () => {
    const { jobs } = world.stack.regions.primary;
    jobs.updateJob(jobId, { trigger: { pause_status: 'UNPAUSED', file_arrival: { url: drop } } }, []);
    jobs.lookAtSchedules();
    arrive('one.csv');
    const { runId } = await until('a run', () => startedByFile()[0] ?? null);
    await jobs.whenEnded(runId);
    await syncAndWait();
    expect(await publishedRun()).toBe(runId);
    await secondaryEquals(runId);
  });

  it('does not run any more in a region that was left', async () => {
    const { jobs } = world.stack.regions.primary;
    await world.entity(scheduledGroup).signal(signals.failover, { reason: 'test' });
    await world.untilStatus(
      scheduledGroup,
      'the fence',
      ({ protection, fencePending }) => protection === 'exposed' && !fencePending,
      120_000,
    );
    expect(jobs.job(jobId)?.settings).toMatchObject({ trigger: { pause_status: 'PAUSED' } });
    arrive('two.csv');
    jobs.lookAtSchedules();
    expect(startedByFile()).toHaveLength(1);
  });
});
