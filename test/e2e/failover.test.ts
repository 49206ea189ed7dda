/**
 * Forced failover at three moments. Each time the secondary equals exactly one run's end, and the job, run there, ends
 * with the numbers that an undisturbed run gives. Nothing on the dead side is waited for.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mailsIn } from '../../demo/mails.js';
import { until } from '../../demo/until.js';
import { startStack } from '../../src/local/stack/stack.js';
import type { TrueRun } from '../../src/local/truth/truth-log.js';
import { switchOverId } from '../../src/workflows/messages.js';
import { differencesBetween, differencesFrom, truthOf } from '../support/compare.js';
import { falsifyStaging } from '../support/falsify.js';
import { statementsSince } from '../support/requests.js';
import { ledgerEvents } from '../support/sql.js';
import type { World } from '../support/world.js';
import { startWorld, workspace } from '../support/world.js';

const group = 'sample_workflow_1';

let undisturbed: readonly TrueRun[] = [];
let world: World;
let firstRun = '';

/** The same job in a pair that nothing happens to. */
beforeAll(async () => {
  const dir = mkdtempSync(join(tmpdir(), 'lakehouse-dr-undisturbed-'));
  const pair = await startStack({ dir, temporal: 'none' });
  for (let run = 0; run < 3; run++) await pair.runJob({ job: group }).ended;
  undisturbed = pair.truth();
  await pair.stop();
  rmSync(dir, { recursive: true, force: true });
}, 120_000);

beforeEach(async () => {
  world = await startWorld();
  expect(await world.dr('apply')).toMatchObject({ code: 0 });
  world.startWorker();
  const { runId, ended } = world.stack.runJob({ job: group });
  await ended;
  firstRun = runId;
  expect(await world.dr('sync', group, '--wait')).toMatchObject({ code: 0 });
}, 180_000);

afterEach(() => world.end(), 60_000);

const darken = (): void => {
  for (const part of ['control', 'warehouse', 'storage'] as const) {
    world.stack.faults.set('primary', part, { kind: 'outage' });
  }
};

const signal = async (input: object): Promise<void> => {
  const output = await world.temporal(
    ...['workflow', 'signal', '--address', world.stack.file.temporal?.address ?? ''],
    ...['--workflow-id', `dr/dr_test_eastus2_databricks/${group}`, '--name', 'failover'],
    ...['--input', JSON.stringify(input)],
  );
  expect(output, output.stderr).toMatchObject({ code: 0 });
};

const rescued = (limitMs?: number) =>
  world.untilStatus(
    group,
    'the failover',
    ({ protection, phase }) => protection === 'exposed' && phase !== 'switching',
    limitMs,
  );

/** The job goes on where the recovery point left it, and ends with an undisturbed run's numbers. */
const runsOn = async (undisturbedRun: number): Promise<string> => {
  const { runId, ended } = world.stack.runJob({ job: group, region: 'secondary' });
  await ended;
  const reference = undisturbed[undisturbedRun];
  if (!reference) throw new Error('no such undisturbed run');
  expect(differencesBetween(truthOf(world.stack, runId), reference)).toEqual([]);
  return runId;
};

describe('failover', { timeout: 240_000 }, () => {
  it('with nothing running: the last run, the job unpaused there, and repeating it changes nothing', async () => {
    darken();
    await signal({ reason: 'region down', requestId: 'one' });
    const status = await rescued();
    expect(status).toMatchObject({ activeRegion: 'secondary', epoch: 2, fencePending: true, phase: 'idle' });
    expect(await differencesFrom(world.stack, 'secondary', truthOf(world.stack, firstRun))).toEqual([]);

    await signal({ requestId: 'one' });
    await signal({ requestId: 'two' });
    const again = await world.untilStatus(group, 'the answer', ({ requests }) =>
      requests.some(({ id }) => id === 'two'),
    );
    expect(again.epoch).toBe(2);
    expect(again.requests.filter(({ kind }) => kind === 'failover')).toMatchObject([
      { id: 'two', outcome: 'no-change' },
      { id: 'one', outcome: 'done' },
    ]);
    const runId = await runsOn(1);

    for (const part of ['control', 'warehouse', 'storage'] as const) {
      world.stack.faults.set('primary', part, { kind: 'none' });
    }
    await world.untilStatus(group, 'the fence', ({ fencePending }) => !fencePending);
    const job = world.stack.regions.primary.jobs.listJobs().find(({ settings }) => settings.name === group);
    expect(job?.settings).toMatchObject({ max_concurrent_runs: 0, schedule: { pause_status: 'PAUSED' } });

    const { code, stdout, stderr } = await world.dr('explain', group, '--json');
    expect(code, stderr).toBe(0);
    const { runs } = JSON.parse(stdout) as { runs: { runId: string; verdict: string }[] };
    expect(runs, 'runs here that began since the switch count').toMatchObject([{ runId, verdict: 'cut' }]);
  });

  it('with a run half way in the primary: nothing of it is in the secondary, and it is named as lost', async () => {
    const { runId } = world.stack.runJob({ job: group, stepDelayMs: 2000 });
    await world.dr('sync', group);
    await world.untilStatus(group, 'waiting for the run', ({ phase }) => phase === 'waiting-for-run');
    darken();
    await signal({ reason: 'region down' });
    await rescued();
    expect(await differencesFrom(world.stack, 'secondary', truthOf(world.stack, firstRun))).toEqual([]);
    const mail = await until('the mail', async () => {
      const texts = (await mailsIn(world.stack.mail.mailDir)).map(({ text }) => text);
      return texts.find((text) => text.includes(runId)) ?? null;
    });
    expect(mail).toContain(runId);
    await runsOn(1);
  });

  it('with a sync half way, sent but not received: the sent run is published though a receive fails once', async () => {
    const { stack } = world;
    const runId = await syncHalfWay();
    // What still runs would need longer than the failover is given: it is cancelled, not waited out.
    stack.faults.set('secondary', 'warehouse', { kind: 'die-half-way', only: receiveOfGold, times: 1 });
    darken();
    await signal({ reason: 'region down' });
    await rescued(55_000);
    expect(await differencesFrom(stack, 'secondary', truthOf(stack, runId))).toEqual([]);
    expect(await switchDetail(), 'what is here is not lost').toMatchObject({ lostRuns: [] });
    await runsOn(2);
  });

  it('with a sent point that is wrong in staging: after a second try the point before it, and its run is named as lost', async () => {
    const { stack } = world;
    const runId = await syncHalfWay();
    falsifyStaging(world, 'dr_test_catalog.main.workflow_1_gold');
    stack.faults.set('secondary', 'warehouse', { kind: 'none' });
    darken();
    await signal({ reason: 'region down' });
    await rescued(150_000);
    expect(await differencesFrom(stack, 'secondary', truthOf(stack, firstRun))).toEqual([]);
    expect(await switchDetail()).toMatchObject({ lostRuns: [runId] });
    await runsOn(1);
  });

  it('that somebody terminates half-way: it may be asked for again, and is not outranked by itself', async () => {
    const { stack } = world;
    const runId = await syncHalfWay();
    darken();
    const from = stack.requestLog.entries().length;
    await signal({ reason: 'region down', requestId: 'one' });
    await until('a receive of it', () => (statementsSince(stack, from, receive).length > 0 ? true : null));
    await world.client.workflow.getHandle(switchOverId({ workspace, group })).terminate('by mistake');
    stack.faults.set('secondary', 'warehouse', { kind: 'none' });
    const refused = await world.untilStatus(group, 'the answer', ({ requests }) =>
      requests.some(({ id, outcome }) => id === 'one' && outcome !== 'accepted'),
    );
    expect(refused.warnings?.join(), 'tables may hold a mix').toContain('mix');
    await signal({ reason: 'region down', requestId: 'two' });
    const status = await world.untilStatus(
      group,
      'the failover',
      ({ protection }) => protection === 'exposed',
      150_000,
    );
    expect(status).toMatchObject({ activeRegion: 'secondary', held: null });
    expect(await differencesFrom(stack, 'secondary', truthOf(stack, runId))).toEqual([]);
    await runsOn(2);
  });

  it('that somebody cancels when the tables are right: it is done all the same, and known', async () => {
    const { stack } = world;
    darken();
    stack.faults.set('secondary', 'control', { kind: 'hang', only: '/jobs/update' });
    const switching = world.client.workflow.getHandle(switchOverId({ workspace, group }));
    await signal({ reason: 'region down' });
    await until('the job to be let run', async () => {
      const pending = await switching.describe().then(
        ({ raw }) => raw.pendingActivities ?? [],
        () => [],
      );
      return pending.some(({ activityType }) => activityType?.name === 'activateJob') ? true : null;
    });
    await switching.cancel();
    stack.faults.set('secondary', 'control', { kind: 'none' });
    const status = await world.untilStatus(
      group,
      'the failover',
      ({ protection }) => protection === 'exposed',
      150_000,
    );
    expect(status).toMatchObject({ activeRegion: 'secondary', lastError: null });
    await runsOn(1);
  });
});

const receive = /^CREATE OR REPLACE TABLE `dr_test_catalog`.*DEEP CLONE/;
const receiveOfGold = 'CREATE OR REPLACE TABLE `dr_test_catalog`.`main`.`workflow_1_gold` DEEP CLONE';

/** A run that is sent, and of whose receives one runs for a minute. @returns the run's id */
async function syncHalfWay(): Promise<string> {
  const { stack } = world;
  const { runId, ended } = stack.runJob({ job: group });
  await ended;
  stack.faults.set('secondary', 'warehouse', { kind: 'latency', ms: 60_000, only: 'DEEP CLONE' });
  const from = stack.requestLog.entries().length;
  await world.dr('sync', group);
  await until('a receive in the warehouse', () => (statementsSince(stack, from, receive).length > 0 ? true : null));
  return runId;
}

async function switchDetail(): Promise<unknown> {
  const events = await ledgerEvents(world.stack, 'secondary');
  return JSON.parse(events.find(({ event }) => event === 'failed_over')?.detail ?? 'null');
}
