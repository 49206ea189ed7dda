/**
 * Promise 1, through the command line: whenever a sync is due, the target equals the end of exactly one run. Never a mix,
 * never mid-run data. The oracle is the job engine's own record of truth.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../demo/until.js';
import { differencesFrom, truthOf } from '../support/compare.js';
import { statementsSince } from '../support/requests.js';
import type { World } from '../support/world.js';
import { startWorld } from '../support/world.js';

const group = 'sample_workflow_1';
const silver = 'dr_test_catalog.stage.workflow_1_silver';

let world: World;

beforeAll(async () => {
  world = await startWorld();
  expect(await world.dr('apply')).toMatchObject({ code: 0 });
  world.startWorker();
  const { ended } = world.stack.runJob({ job: group });
  await ended;
}, 180_000);

afterAll(() => world?.end());

const runToItsEnd = async (options: { failAt?: string } = {}): Promise<string> => {
  const { runId, ended } = world.stack.runJob({ job: group, ...options });
  await ended;
  return runId;
};

const syncAndWait = async (): Promise<void> => {
  const output = await world.dr('sync', group, '--wait');
  expect(output, output.stderr).toMatchObject({ code: 0 });
};

const secondaryEquals = async (runId: string): Promise<void> => {
  expect(await differencesFrom(world.stack, 'secondary', truthOf(world.stack, runId))).toEqual([]);
};

describe('a sync group', { timeout: 180_000 }, () => {
  let published = '';

  it('holds in the secondary exactly what the first run left', async () => {
    await syncAndWait();
    published = (await world.status(group)).recoveryPoint?.runId ?? '';
    await secondaryEquals(published);
  });

  it('stays at the end of run N while run N+1 has half-written silver and a sync is due, then goes to N+1', async () => {
    const before = truthOf(world.stack, published);
    const { runId, ended } = world.stack.runJob({ job: group, stepDelayMs: 1500 });
    const halfWritten = { ...before, tables: { [silver]: before.tables[silver] ?? never() } };
    await until('a half-written silver', async () =>
      (await differencesFrom(world.stack, 'primary', halfWritten)).length > 0 ? true : null,
    );
    await world.dr('sync', group);
    await world.untilStatus(group, 'waiting for the run', ({ phase }) => phase === 'waiting-for-run');
    await secondaryEquals(published);

    await ended;
    await world.untilStatus(group, 'run N+1', ({ recoveryPoint }) => recoveryPoint?.runId === runId);
    await secondaryEquals(runId);
    published = runId;
  });

  it('stays at the last good run when a run fails half way, and takes its remains along with the next good one', async () => {
    await runToItsEnd({ failAt: 'gold' });
    await syncAndWait();
    await secondaryEquals(published);
    published = await runToItsEnd();
    await syncAndWait();
    await secondaryEquals(published);
  });

  it('wakes no warehouse between ticks while nothing new has ended', async () => {
    const since = world.stack.requestLog.entries().length;
    for (let tick = 0; tick < 3; tick++) {
      const before = (await world.status(group)).nextSyncAt;
      const ticked = await world.temporal(
        ...['schedule', 'trigger', '--address', world.stack.file.temporal?.address ?? ''],
        ...['--schedule-id', `dr/dr_test_eastus2_databricks/${group}`],
      );
      expect(ticked, ticked.stderr).toMatchObject({ code: 0 });
      await world.untilStatus(group, 'the tick', ({ nextSyncAt }) => nextSyncAt !== before);
    }
    await world.untilStatus(group, 'rest', ({ phase }) => phase === 'idle');
    const requests = world.stack.requestLog.entries().slice(since);
    expect(requests.length, 'the jobs were looked at').toBeGreaterThan(0);
    // What is left open from before is closed a moment later: that wakes nothing.
    const asked = requests.filter(({ path }) => path.includes('/sql/') && !/#Close(Operation|Session)$/.test(path));
    expect(asked.map(({ path }) => path)).toEqual([]);
  });

  it('clones nothing for OPTIMIZE and VACUUM alone, and syncs a real run after them', async () => {
    const since = world.stack.requestLog.entries().length;
    for (const sql of [`OPTIMIZE ${silver}`, `VACUUM ${silver}`]) {
      await world.stack.regions.primary.engine.execute({
        sql,
        principal: 'admin',
        attribution: null,
        statementId: null,
        signal: new AbortController().signal,
      });
    }
    await syncAndWait();
    expect(statementsSince(world.stack, since, /CLONE/)).toEqual([]);

    published = await runToItsEnd();
    await syncAndWait();
    await secondaryEquals(published);
    expect(statementsSince(world.stack, since, /DEEP CLONE/).length).toBeGreaterThan(0);
  });
});

const never = (): never => {
  throw new Error('silver is not among the tables of the run');
};
