/**
 * Recovery points are kept as long as configured, and no longer than they are worth: those that are kept can really be
 * read, whatever was vacuumed; of the others `history` and `status` say that they can't; and a failover takes any that can.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../demo/until.js';
import { initialState } from '../../src/domain/group/state.js';
import type { ManifestEntry } from '../../src/domain/point.js';
import type { Region } from '../../src/domain/region.js';
import type { GroupStatus } from '../../src/domain/status.js';
import { entityId, workflowQueue, workflowTypes } from '../../src/workflows/messages.js';
import { differencesBetween, differencesFrom, truthOf } from '../support/compare.js';
import { statementsSince } from '../support/requests.js';
import { execute, ledgerEvents } from '../support/sql.js';
import type { World } from '../support/world.js';
import { startWorld, workspace } from '../support/world.js';

const group = 'sample_workflow_1';
const [gold, silver] = ['dr_test_catalog.main.workflow_1_gold', 'dr_test_catalog.stage.workflow_1_silver'];
const dayMs = 24 * 3600_000;
const daysBetweenRuns = 20;
/** So much older that the retention which covers the three newest points does not cover the oldest. */
const daysAfterFirstRun = 80;
const vacuum = /^VACUUM/;

let world: World;
/** Run ids, oldest first. */
const runs: string[] = [];

const runJob = async (region: Region = 'primary'): Promise<string> => {
  const { runId, ended } = world.stack.runJob({ job: group, region });
  await ended;
  return runId;
};

const sync = async (runId: string): Promise<GroupStatus> => {
  await world.entity(group).signal('syncNow');
  return world.untilStatus(
    ...[group, `run ${runId}`],
    ({ recoveryPoint, phase }) => recoveryPoint?.runId === runId && phase === 'idle',
    180_000,
  );
};

const runAndSync = async (): Promise<void> => {
  const runId = await runJob();
  runs.push(runId);
  await sync(runId);
};

/** The group's workflow is lost, and comes back with a memory of the last VACUUM that is older than a day. */
async function ageLastVacuum(): Promise<void> {
  const ref = { workspace, group };
  await world.entity(group).terminate('to make a day pass');
  const state = { ...initialState(ref, 'c0ffee'), lastVacuumAt: Date.now() - 2 * dayMs };
  await world.client.workflow.start(workflowTypes.protectGroup, {
    workflowId: entityId(ref),
    taskQueue: workflowQueue,
    args: [{ ...ref, state }],
  });
  await world.untilStatus(group, 'the rebuilt state', ({ recoveryPoint }) => recoveryPoint !== null, 120_000);
}

const statusJson = async (): Promise<GroupStatus> => {
  const { code, stdout } = await world.dr('status', group, '--json');
  expect(code).toBe(0);
  const [only] = (JSON.parse(stdout) as { groups: GroupStatus[] }).groups;
  if (!only) throw new Error('no status was printed');
  return only;
};

interface HistoryRow {
  readonly event: string;
  readonly run_id: string | null;
  readonly table_name: string | null;
  readonly readable?: boolean | null;
}

const history = async (): Promise<HistoryRow[]> => {
  const { code, stdout } = await world.dr('history', group, '--json');
  expect(code).toBe(0);
  return JSON.parse(stdout) as HistoryRow[];
};

/** What `history` says of the published points, by run. */
const readableByRun = async (): Promise<Record<string, unknown>> =>
  Object.fromEntries(
    (await history())
      .filter(({ event, table_name }) => event === 'published' && table_name === null)
      .map(({ run_id, readable }) => [run_id, readable]),
  );

async function manifestOf(runId: string | undefined): Promise<readonly ManifestEntry[]> {
  const events = await ledgerEvents(world.stack, 'secondary');
  const row = events.find(({ event, runId: of }) => event === 'published' && of === runId);
  return (JSON.parse(row?.detail ?? '{}') as { manifest: ManifestEntry[] }).manifest;
}

/** Asks the region's engine for the rows of a point in staging, and not our own rule. */
const readInStaging = async (runId: string | undefined): Promise<PromiseSettledResult<unknown>['status'][]> => {
  const reads = (await manifestOf(runId)).map(({ stagingLocation, stagingVersion }) =>
    execute(
      world.stack,
      'secondary',
      `SELECT count(*) FROM delta.\`${stagingLocation}\` VERSION AS OF ${stagingVersion}`,
    ),
  );
  return (await Promise.allSettled(reads)).map(({ status }) => status);
};

const propertiesOf = async (table: string): Promise<Record<string, string>> => {
  const rows = await execute(world.stack, 'secondary', `SHOW TBLPROPERTIES ${table}`);
  return Object.fromEntries(rows.map(([key, value]) => [String(key), String(value)]));
};

const warehouses = () =>
  (['primary', 'secondary'] as const).flatMap((region) => world.stack.regions[region].warehouses.all());
const starts = (): number => warehouses().reduce((sum, warehouse) => sum + warehouse.starts, 0);
const stopWarehouses = (): void => {
  for (const warehouse of warehouses()) warehouse.stop();
};

beforeAll(async () => {
  world = await startWorld();
  expect(await world.dr('apply')).toMatchObject({ code: 0 });
  await execute(
    world.stack,
    'primary',
    `ALTER TABLE ${gold} SET TBLPROPERTIES ('delta.deletedFileRetentionDuration' = 'interval 45 days', 'delta.logRetentionDuration' = 'interval 90 days')`,
  );
  world.startWorker();
  world.stack.clock.advance(-(daysAfterFirstRun + 3 * daysBetweenRuns) * dayMs);
  // Those that run would be ready only in the future now.
  stopWarehouses();
  for (let run = 0; run < 4; run++) {
    await runAndSync();
    world.stack.clock.advance((run === 0 ? daysAfterFirstRun : daysBetweenRuns) * dayMs);
  }
}, 400_000);

afterAll(() => world?.end(), 60_000);

describe('recovery points that are kept', { timeout: 300_000 }, () => {
  it('economical: staging is not vacuumed twice within a day, and is when a day has passed', async () => {
    expect(statementsSince(world.stack, 0, vacuum)).toEqual([]);
    await ageLastVacuum();
    await runAndSync();
    expect(statementsSince(world.stack, 0, vacuum)).toHaveLength(3);
    await until('the end of the VACUUM', async () => {
      const [entry] = await manifestOf(runs.at(-1));
      const commits = await execute(
        world.stack,
        'secondary',
        `DESCRIBE HISTORY delta.\`${entry?.stagingLocation}\` LIMIT 5`,
      );
      return commits.flat().includes('VACUUM END') ? true : null;
    });
  });

  it('can be read in staging although it was vacuumed; one beyond them can not', async () => {
    for (const kept of runs.slice(-3))
      expect(await readInStaging(kept)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    expect(await readInStaging(runs[0])).toContain('rejected');
  });

  it('are told apart from it by history and status, and status starts no warehouse for that', async () => {
    const [oldest = '', , third = '', fourth = '', fifth = ''] = runs;
    expect(await readableByRun()).toMatchObject({ [oldest]: false, [third]: true, [fourth]: true, [fifth]: true });
    expect((await world.dr('history', group)).stdout).toMatch(/published .*\b(readable|gone)\b/);
    const { recoveryPoints, recoveryPoint } = await statusJson();
    expect(recoveryPoints.map(({ runId, readable }) => [runId, readable])).toEqual([
      [fifth, true],
      [fourth, true],
      [third, true],
    ]);
    expect(recoveryPoint?.tables).not.toBeNull();

    stopWarehouses();
    const before = starts();
    const asleep = await statusJson();
    expect(starts()).toBe(before);
    expect(asleep.recoveryPoint?.tables).toBeNull();
    expect(asleep.recoveryPoints.map(({ readable }) => readable)).toEqual([null, null, null]);
    expect((await readableByRun())[fifth]).toBe(true);
    expect(starts()).toBeGreaterThan(before);
  });

  it("give their tables the source's own retention back, not that of staging", async () => {
    expect(await propertiesOf(gold ?? '')).toMatchObject({
      'delta.deletedFileRetentionDuration': 'interval 45 days',
      'delta.logRetentionDuration': 'interval 90 days',
    });
    expect(await propertiesOf(silver ?? '')).toMatchObject({
      'delta.deletedFileRetentionDuration': 'interval 7 days',
      'delta.logRetentionDuration': 'interval 30 days',
    });
  });
});

describe('a failover to a named recovery point', { timeout: 300_000 }, () => {
  const failover = (runId: string | undefined) =>
    world.dr('failover', group, '--recovery-point', runId ?? '', '--yes', '--wait', '--reason', 'bad data');

  it('that can not be read any more is refused, and nothing changes', async () => {
    expect(await failover(runs[0])).toMatchObject({ code: 3 });
    const status = await world.status(group);
    expect(status).toMatchObject({ activeRegion: 'primary', recoveryPoint: { runId: runs[4] } });
    expect(status.requests[0]).toMatchObject({ outcome: 'refused', code: 'NO_RECOVERY_POINT' });
    expect(await differencesFrom(world.stack, 'secondary', truthOf(world.stack, runs[4] ?? ''))).toEqual([]);
  });

  it('older than the published one, with the other region dark: its tables, and the job goes on from there', async () => {
    for (const part of ['control', 'warehouse', 'storage'] as const) {
      world.stack.faults.set('primary', part, { kind: 'outage' });
    }
    const [, , third = '', fourth = ''] = runs;
    expect(await failover(third)).toMatchObject({ code: 0 });
    expect(await differencesFrom(world.stack, 'secondary', truthOf(world.stack, third))).toEqual([]);
    expect(await world.status(group)).toMatchObject({
      activeRegion: 'secondary',
      protection: 'exposed',
      recoveryPoint: { runId: third },
    });
    // The points that were given up stay where they are: nothing newer is published over what a person has chosen.
    await world.entity(group).signal('syncNow');
    await world.untilStatus(group, 'the answer', ({ requests }) => requests[0]?.code === 'NOT_PROTECTED');
    const again = await runJob('secondary');
    expect(differencesBetween(truthOf(world.stack, again), truthOf(world.stack, fourth))).toEqual([]);
  });
});
