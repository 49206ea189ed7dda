/**
 * Promises 1 and 2: a publish that fails half-way for good is undone to the complete point before it, said in ledger, mail
 * and status, and made good by the next sync. The very first one has nothing before it, and says so. What could not be undone
 * is completed before anything else, though the source is dark: all bytes are in the target region.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mailsIn } from '../../demo/mails.js';
import { until } from '../../demo/until.js';
import { differencesFrom, truthOf } from '../support/compare.js';
import { falsifyStaging } from '../support/falsify.js';
import { ledgerEvents } from '../support/sql.js';
import type { World } from '../support/world.js';
import { startWorld } from '../support/world.js';

const group = 'sample_workflow_1';
const gold = 'dr_test_catalog.main.workflow_1_gold';
/** Of all statements only the clone into the published table has this text. */
const receiveOfGold = 'CREATE OR REPLACE TABLE `dr_test_catalog`.`main`.`workflow_1_gold` DEEP CLONE';

const anyReceive = 'CREATE OR REPLACE TABLE `dr_test_catalog`';

let world: World;
let published = '';

const runJob = async (): Promise<string> => {
  const { runId, ended } = world.stack.runJob({ job: group });
  await ended;
  return runId;
};

const failedSync = async (before: string | undefined) => {
  await world.entity(group).signal('syncNow');
  return ended(before);
};

/** The end of the first sync after the one of this id. */
const ended = (before: string | undefined) =>
  world.untilStatus(
    group,
    'the end of the sync',
    ({ lastSync, phase }) => phase === 'idle' && lastSync !== null && lastSync.syncId !== before,
    150_000,
  );

const syncs = async (runId: string): Promise<void> => {
  await world.entity(group).signal('syncNow');
  await world.untilStatus(
    group,
    `run ${runId}`,
    ({ recoveryPoint, phase }) => recoveryPoint?.runId === runId && phase === 'idle',
    120_000,
  );
  await secondaryIs(runId);
  published = runId;
};

const secondaryIs = async (runId: string): Promise<void> => {
  expect(await differencesFrom(world.stack, 'secondary', truthOf(world.stack, runId))).toEqual([]);
};

const eventsOf = async (syncId: string | undefined): Promise<string[]> =>
  (await ledgerEvents(world.stack, 'secondary')).filter((row) => row.syncId === syncId).map(({ event }) => event);

const breakGold = (): void =>
  world.stack.faults.set('secondary', 'warehouse', { kind: 'die-half-way', only: receiveOfGold, times: 3 });

const parts = ['control', 'warehouse', 'storage'] as const;

const darken = (): void => {
  for (const part of parts) world.stack.faults.set('primary', part, { kind: 'outage' });
};

const lighten = (): void => {
  for (const part of parts) world.stack.faults.set('primary', part, { kind: 'none' });
};

/** Waits until the tables are known to hold this run, and sees that they do. */
const whole = async (runId: string) => {
  const status = await world.untilStatus(
    group,
    `the tables at run ${runId}`,
    ({ recoveryPoint, warnings, phase }) =>
      recoveryPoint?.runId === runId && warnings?.length === 0 && phase === 'idle',
    120_000,
  );
  await secondaryIs(runId);
  return status;
};

const heal = (): void => world.stack.faults.set('secondary', 'warehouse', { kind: 'none' });

beforeAll(async () => {
  world = await startWorld({
    config: (_config, workspace) => {
      workspace.sync_max_retries = 3;
    },
  });
  expect(await world.dr('apply')).toMatchObject({ code: 0 });
  world.startWorker();
}, 180_000);

afterAll(() => world?.end());

describe('a receive that fails for good', { timeout: 300_000 }, () => {
  it('of the first sync leaves the group unprotected and says so; the next tick rolls forward, with the source dark', async () => {
    breakGold();
    const runId = await runJob();
    const status = await failedSync(undefined);
    expect(status).toMatchObject({ protection: 'unprotected', recoveryPoint: null, lastSync: { result: 'failed' } });
    expect(status.requests[0]).toMatchObject({ outcome: 'failed' });
    expect(await eventsOf(status.lastSync?.syncId)).toEqual(['sent', 'failed']);
    heal();
    darken();
    await world.entity(group).signal('syncDue');
    await whole(runId);
    published = runId;
    lighten();
  });

  it('publishes the point before it again, and tells so in ledger, mail and status', async () => {
    const before = published;
    const earlier = await world.status(group);
    breakGold();
    const runId = await runJob();
    const status = await failedSync(earlier.lastSync?.syncId);
    expect(status).toMatchObject({
      protection: 'protected',
      recoveryPoint: { runId: before },
      lastSync: { result: 'rolled_back' },
    });
    await secondaryIs(before);
    expect(await eventsOf(status.lastSync?.syncId)).toEqual(['sent', 'failed']);
    expect(await eventsOf(earlier.recoveryPoint?.syncId)).toContain('rolled_back');
    await until('the mail', async () => {
      const mails = await mailsIn(world.stack.mail.mailDir);
      return mails.find(({ subject, text }) => /undone|rolled back/i.test(`${subject} ${text}`)) ?? null;
    });
    heal();
    await syncs(runId);
  });
});

describe('a roll-back that fails, too', { timeout: 300_000 }, () => {
  it('is completed by the next tick before anything else, and the run is published when its region is back', async () => {
    const before = published;
    const earlier = await world.status(group);
    world.stack.faults.set('secondary', 'warehouse', { kind: 'die-half-way', only: receiveOfGold });
    const runId = await runJob();
    await world.entity(group).signal('syncNow');
    // Gold is tried for another ten seconds at least: from now on what was replaced can't be put back.
    await until('a table that was replaced', async () =>
      (await differencesFrom(world.stack, 'secondary', truthOf(world.stack, before))).length > 0 ? true : null,
    );
    world.stack.faults.set('secondary', 'warehouse', { kind: 'die-half-way', only: anyReceive });
    const status = await ended(earlier.lastSync?.syncId);
    expect(status).toMatchObject({ lastSync: { result: 'failed' }, recoveryPoint: { runId: before } });
    expect(status.lastError?.message).toContain('failed, too');
    expect(status.warnings?.join()).toContain('mix of two states');
    expect(await differencesFrom(world.stack, 'secondary', truthOf(world.stack, before))).not.toEqual([]);
    expect(await differencesFrom(world.stack, 'secondary', truthOf(world.stack, runId))).not.toEqual([]);

    heal();
    darken();
    await world.entity(group).signal('syncDue');
    const { warnings, lastSync } = await whole(before);
    expect(warnings).toEqual([]);
    expect(lastSync?.result).toBe('rolled_back');
    await until('the mail', async () => {
      const mails = await mailsIn(world.stack.mail.mailDir);
      return mails.find(({ subject }) => /whole again/.test(subject)) ?? null;
    });

    lighten();
    await world.untilStatus(group, `run ${runId}`, ({ recoveryPoint }) => recoveryPoint?.runId === runId, 120_000);
    await secondaryIs(runId);
    published = runId;
  });
});

describe('a copy in staging that is not what was sent', { timeout: 300_000 }, () => {
  it('fails verification twice, the point before it is published again, and the next sync sends it anew', async () => {
    const before = published;
    const earlier = await world.status(group);
    world.stack.faults.set('secondary', 'warehouse', { kind: 'latency', ms: 5000, only: receiveOfGold, times: 1 });
    const runId = await runJob();
    await world.entity(group).signal('syncNow');
    await until('the manifest in the ledger', async () =>
      (await ledgerEvents(world.stack, 'secondary')).some((row) => row.event === 'sent' && row.runId === runId)
        ? true
        : null,
    );
    falsifyStaging(world, gold);
    const status = await ended(earlier.lastSync?.syncId);
    expect(status).toMatchObject({ recoveryPoint: { runId: before }, lastSync: { result: 'rolled_back' } });
    expect(status.lastError?.code).toBe('VERIFY_FAILED');
    await secondaryIs(before);
    await syncs(runId);
  });
});
