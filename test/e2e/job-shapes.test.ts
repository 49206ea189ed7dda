/**
 * Jobs that are more than tasks of their own: `for_each` iterations, runs that a run starts, runs that a file starts. What
 * any part of them wrote is the run's, and the copy is the state at the end of all of it.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../demo/until.js';
import { containerUri } from '../../src/local/stack/layout.js';
import { newestVersion } from '../../src/local/truth/content-hash.js';
import { signals } from '../../src/workflows/messages.js';
import { differencesFrom, truthOf } from '../support/compare.js';
import { iterationTask, jobNamed, nestedTasks } from '../support/nested-job.js';
import { protectScheduledJob, scheduledGroup, scheduledJob } from '../support/random-schedules.js';
import type { World } from '../support/world.js';
import { startWorld } from '../support/world.js';

const drop = `${containerUri('primary', 'landing')}/drop`;

let world: World;
let jobId: string;

beforeAll(async () => {
  world = await startWorld({ config: (_config, _workspace, groups) => protectScheduledJob(groups) });
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

const secondaryEquals = async (runId: string): Promise<void> =>
  expect(await differencesFrom(world.stack, 'secondary', truthOf(world.stack, runId))).toEqual([]);

const runToItsEnd = async (options: { failAt?: string } = {}): Promise<string> => {
  const { runId, ended } = world.stack.runJob({ job: scheduledJob, ...options });
  await ended;
  return runId;
};

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
