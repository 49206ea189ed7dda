/**
 * Promise 1 under random schedules: whatever the job, people and maintenance do between two syncs, each published point
 * is the end of exactly one good run. More of them, with a new seed: `npx tsx test/e2e/schedules-nightly.ts`.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { playSchedules, protectScheduledJob, scheduledGroup, tallyText } from '../support/random-schedules.js';
import type { World } from '../support/world.js';
import { startWorld } from '../support/world.js';

const schedules = 20;
const seed = 4;
/** Schedules of maintenance alone and of runs that overlap a failed one publish nothing; one that refused more would fall below. */
const fewestPublished = 8;

let world: World;

beforeAll(async () => {
  world = await startWorld({ config: (_config, _workspace, groups) => protectScheduledJob(groups) });
  expect(await world.dr('apply')).toMatchObject({ code: 0 });
  world.startWorker();
}, 180_000);

afterAll(() => world?.end());

describe('atomic, under random schedules', { timeout: 900_000 }, () => {
  it(`publishes ends of good runs alone, and at least ${fewestPublished} in ${schedules} schedules`, async () => {
    const tally = await playSchedules(world, scheduledGroup, schedules, seed);
    process.stdout.write(tallyText(tally));
    expect(tally.problems).toEqual([]);
    expect(tally.published).toBeGreaterThanOrEqual(fewestPublished);
    expect(tally.explained).toBeGreaterThan(0);
  });
});
