/**
 * Economical: several groups whose tables one job writes wait for its runs together. The job's runs are listed at most
 * once in 10 s, and a run's end is noticed within about a second all the same.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differencesFrom, truthOf } from '../support/compare.js';
import type { World } from '../support/world.js';
import { startWorld } from '../support/world.js';

const job = 'sample_workflow_1';
const tables = [
  'dr_test_catalog.raw.workflow_1_bronze',
  'dr_test_catalog.stage.workflow_1_silver',
  'dr_test_catalog.main.workflow_1_gold',
];
const names = tables.map((_, index) => `part_${index}`);

/** The log tells when a request was answered; two that began 10 s apart may be answered in somewhat less. */
const nearlyTenSecondsMs = 9_000;
let world: World;

beforeAll(async () => {
  world = await startWorld({
    config: (_config, workspace) => {
      workspace.sync_groups = names.map((group_name, index) => ({
        group_name,
        group_owner_email: 'owner@example.com',
        workflow: job,
        tables: [tables[index]],
        sync_trigger: 'completion',
      }));
    },
  });
  expect(await world.dr('apply')).toMatchObject({ code: 0 });
  world.startWorker();
  for (const name of names) {
    await world.untilStatus(name, 'waiting for a run', ({ phase }) => phase === 'waiting-for-run');
  }
}, 180_000);

afterAll(() => world?.end());

/** When the Jobs API of the primary was asked this, epoch ms. */
const askedFor = (what: 'runs/list' | 'runs/get', from: number, to: number): number[] =>
  world.stack.requestLog
    .entries('primary')
    .filter(({ path }) => path.startsWith(`/api/2.2/jobs/${what}?`))
    .map(({ time }) => Date.parse(time))
    .filter((time) => time >= from && time < to);

const gapsOf = (times: readonly number[]): number[] =>
  times.slice(1).map((time, index) => time - (times[index] ?? Number.NaN));

describe('three groups that wait for one job', { timeout: 240_000 }, () => {
  it('list its runs at most once in 10 s while none is active', async () => {
    const from = Date.now();
    await sleep(25_000);
    const gaps = gapsOf(askedFor('runs/list', from, Date.now()));
    expect(gaps.length).toBeGreaterThan(0);
    expect(Math.min(...gaps)).toBeGreaterThan(nearlyTenSecondsMs);
    expect(askedFor('runs/get', from, Date.now())).toEqual([]);
  });

  it('do so while one is active, and notice its end at once', async () => {
    const from = Date.now();
    const { runId, ended } = world.stack.runJob({ job, stepDelayMs: 5_000 });
    await ended;
    const endedAt = Date.parse(truthOf(world.stack, runId).endTime);
    const whileActive = askedFor('runs/list', from, endedAt);
    expect(whileActive.length).toBeGreaterThan(1);
    expect(Math.min(...gapsOf(whileActive))).toBeGreaterThan(nearlyTenSecondsMs);
    // Once a second and once more for each list, in which the run is not settled.
    const seconds = (endedAt - from) / 1000;
    expect(askedFor('runs/get', from, endedAt).length).toBeLessThan(seconds + whileActive.length + 2);

    for (const name of names) {
      await world.untilStatus(name, 'the run', ({ recoveryPoint }) => recoveryPoint?.runId === runId);
    }
    const [seen = Number.NaN] = askedFor('runs/list', endedAt, Number.POSITIVE_INFINITY);
    // Looks have become rarer by then, a twentieth of the time waited; the rest is for a busy machine.
    expect(seen - endedAt).toBeLessThan(8_000);
    expect(await differencesFrom(world.stack, 'secondary', truthOf(world.stack, runId))).toEqual([]);
  });
});
