/** The steps of a clone against the region pair: what they must not do, whatever they were told before. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CloneOrder, CloneStart, HostActivities, TargetReading } from '../../src/activities/contract.js';
import { execute } from '../support/sql.js';
import type { StepsWorld } from '../support/steps.js';
import { head, run, startSteps } from '../support/steps.js';

const table = 'dr_test_catalog.raw.workflow_1_bronze';

let world: StepsWorld;
let sourceTableId: string;

const order = (hop: CloneOrder['hop'], fromVersion: number, more: Partial<CloneOrder> = {}): CloneOrder => ({
  head,
  direction: 'forward',
  hop,
  table: { primary: table, secondary: table },
  stamp: { sourceTableId, sourceVersion: 1, syncId: 'sync-1', epoch: 1, controller: 'c' },
  fromVersion,
  sourceRetention: { log: null, deletedFiles: null },
  keep: null,
  baseline: null,
  again: false,
  reading: null,
  ...more,
});

/** To the clone's end. */
async function clone(steps: HostActivities, what: CloneOrder): Promise<void> {
  const start: CloneStart = await run(() => steps.startClone(what));
  if (start.kind === 'done') return;
  await run(() =>
    steps.awaitStatement({
      workspace: 'ws',
      region: what.hop === 'send' ? 'primary' : 'secondary',
      hop: what.hop,
      statementId: start.statementId,
      doing: 'Clone',
      silenceLimitMs: 60_000,
    }),
  );
  await run(() => steps.finishClone(what, start));
}

const rowsInTarget = async (): Promise<number> =>
  Number((await execute(world.stack, 'secondary', `SELECT count(*) FROM ${table}`))[0]?.[0]);

let stagingVersion = 0;

beforeAll(async () => {
  world = await startSteps();
  await world.stack.runJob({ job: 'sample_workflow_1' }).ended;
  const { id } = await world.workspace('primary').tables('send').detail({ kind: 'name', name: table });
  sourceTableId = id;
  const steps = world.stepsOf('setting up');
  await clone(steps, order('send', 1));
  const staging = `delta.\`${head.syncLocations.secondary}/ws/${table.split('.').join('/')}\``;
  const history = await execute(world.stack, 'secondary', `DESCRIBE HISTORY ${staging} LIMIT 1`);
  stagingVersion = Number(history[0]?.[0]);
  await clone(steps, order('receive', stagingVersion));
}, 120_000);

afterAll(() => world?.end());

describe('a clone whose step died before it could tell', { timeout: 60_000 }, () => {
  it('is found by the next attempt as one that this sync made, to be counted and verified', async () => {
    const again = await run(() => world.stepsOf('b').startClone(order('receive', stagingVersion)), 2);
    expect(again).toMatchObject({
      kind: 'done',
      result: { stamp: { syncId: 'sync-1' }, clone: { hop: 'receive', sourceFiles: 1 } },
    });
    if (again.kind !== 'done') throw new Error('it was cloned once more');
    expect(again.result.versionBefore).toBe(again.result.version - 1);
  });

  it('is none of another sync that finds it there', async () => {
    const stamp = { ...order('receive', 0).stamp, syncId: 'sync-2' };
    const other = await run(() => world.stepsOf('b').startClone(order('receive', stagingVersion, { stamp })), 2);
    expect(other).toMatchObject({ kind: 'done', result: { stamp: { syncId: 'sync-1' }, clone: null } });
  });
});

describe('never backwards: rows that somebody wrote after the guard has looked', { timeout: 60_000 }, () => {
  /** Of the publish of another version: before those rows came. */
  const reading = (more: Partial<TargetReading>): TargetReading => ({
    ...{ targetTable: table, current: false, newestVersion: 1, readAt: Date.now(), readBy: 'a' },
    ...more,
  });
  const receive = (seen: TargetReading): CloneOrder =>
    order('receive', stagingVersion, {
      stamp: { ...order('receive', 0).stamp, sourceVersion: 2, syncId: 'sync-2' },
      reading: seen,
    });

  it.each([
    ['by the clock of another process that is fast', { readAt: Date.now() + 180_000, readBy: 'b' }],
    ['by the clock of another process that agrees with ours only now, for it is slow', { readBy: 'b' }],
    ['before our own clock was set back', { readAt: Date.now() + 180_000, readBy: 'a' }],
  ])('are not overwritten, though it looked a moment ago %s', async (_how, seen) => {
    await execute(world.stack, 'secondary', `INSERT INTO ${table} SELECT * FROM ${table} LIMIT 1`);
    const rows = await rowsInTarget();
    const steps = world.stepsOf('a');
    await expect(run(() => steps.startClone(receive(reading(seen))))).rejects.toMatchObject({ code: 'TARGET_CHANGED' });
    expect(await rowsInTarget()).toBe(rows);
  });

  it('are not overwritten, however much maintenance came after them', async () => {
    for (let round = 0; round < 52; round++) await execute(world.stack, 'secondary', `VACUUM ${table}`);
    const newest = await execute(world.stack, 'secondary', `DESCRIBE HISTORY ${table} LIMIT 100`);
    expect(newest.flat().filter((value) => value === 'WRITE' || value === 'CLONE')).toEqual([]);
    const steps = world.stepsOf('a');
    await expect(run(() => steps.startClone(receive(reading({ readAt: 0 }))))).rejects.toMatchObject({
      code: 'TARGET_CHANGED',
    });
  });
});
