/**
 * Promise 3 and 4: two Temporal namespaces on one group never both write to it, and one that starts from nothing knows
 * from the ledgers what the other knew.
 */
import type { ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GroupStatus } from '../../src/domain/status.js';
import { differencesFrom, truthOf } from '../support/compare.js';
import type { Controller } from '../support/controllers.js';
import { applyIn } from '../support/controllers.js';
import { ledgerEvents } from '../support/sql.js';
import type { World } from '../support/world.js';
import { startWorld } from '../support/world.js';

const group = 'sample_workflow_1';

let world: World;
let first: Controller;
let second: Controller;
const workers: ChildProcess[] = [];

const runJob = async (): Promise<string> => {
  const { runId, ended } = world.stack.runJob({ job: group });
  await ended;
  return runId;
};

/** Applies the config in a namespace of its own and runs a worker there. */
async function startController(namespace: string): Promise<Controller> {
  const controller = await applyIn(world, namespace, group);
  workers.push(controller.startWorker());
  return controller;
}

const isPublished =
  (runId: string) =>
  ({ recoveryPoint, phase }: GroupStatus): boolean =>
    recoveryPoint?.runId === runId && phase === 'idle';

const isSuperseded = ({ held, phase }: GroupStatus): boolean => held?.code === 'SUPERSEDED' && phase === 'idle';

const publishedEvents = async (runId: string): Promise<number> =>
  (await ledgerEvents(world.stack, 'secondary')).filter((row) => row.event === 'published' && row.runId === runId)
    .length;

let firstRun = '';

beforeAll(async () => {
  world = await startWorld();
  first = await startController('default');
  firstRun = await runJob();
  await first.signal('syncNow');
  await first.untilStatus('the first run', isPublished(firstRun));
}, 180_000);

afterAll(async () => {
  for (const worker of workers) worker.kill('SIGKILL');
  await world?.end();
}, 60_000);

describe('a second controller', { timeout: 300_000 }, () => {
  it('on an empty namespace knows the recovery point from the ledgers, and takes the group over', async () => {
    second = await startController('second');
    const known = await second.untilStatus('the rebuilt state', ({ recoveryPoint }) => recoveryPoint !== null);
    const before = await first.status();
    expect(known).toMatchObject({
      recoveryPoint: { syncId: before.recoveryPoint?.syncId, runId: firstRun },
      protection: 'protected',
      activeRegion: 'primary',
      epoch: before.epoch + 1,
    });
  });

  it('leaves the one before it superseded: of both that are asked, one publishes, once', async () => {
    const runId = await runJob();
    await Promise.all([first.signal('syncNow'), second.signal('syncNow')]);
    await Promise.all([
      second.untilStatus('the run', isPublished(runId)),
      first.untilStatus('SUPERSEDED', isSuperseded),
    ]);
    expect((await first.status()).recoveryPoint?.runId).toBe(firstRun);
    expect(await publishedEvents(runId)).toBe(1);
    expect(await differencesFrom(world.stack, 'secondary', truthOf(world.stack, runId))).toEqual([]);
  });

  it('is superseded itself when the first one is resumed, which has caught up with what was published meanwhile', async () => {
    const newest = (await second.status()).recoveryPoint?.syncId;
    await first.signal('resume');
    const resumed = await first.untilStatus('the take-over', ({ held, epoch }) => held === null && epoch === 3);
    expect(resumed.recoveryPoint?.syncId).toBe(newest);

    const runId = await runJob();
    await Promise.all([first.signal('syncNow'), second.signal('syncNow')]);
    await Promise.all([
      first.untilStatus('the run', isPublished(runId)),
      second.untilStatus('SUPERSEDED', isSuperseded),
    ]);
    expect(await publishedEvents(runId)).toBe(1);
    expect(await differencesFrom(world.stack, 'secondary', truthOf(world.stack, runId))).toEqual([]);
  });

  it('after a failover a third one knows where the job is active, and that nothing protects it yet', async () => {
    await first.signal('failover');
    const switched = await first.untilStatus('the failover', ({ protection }) => protection === 'exposed');
    const third = await startController('third');
    const known = await third.untilStatus('the rebuilt state', ({ activeRegion }) => activeRegion === 'secondary');
    expect(known).toMatchObject({ protection: 'exposed', recoveryPoint: { syncId: switched.recoveryPoint?.syncId } });
  });
});
