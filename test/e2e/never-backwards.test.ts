/**
 * Promises 1 to 4 where answers come late, or not: a clone that fails long after it was submitted, a copy in staging that
 * is lost though no sync sends it again by itself, a step that goes on behind the back of a switch.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../demo/until.js';
import type { ManifestEntry } from '../../src/domain/point.js';
import { differencesFrom, truthOf } from '../support/compare.js';
import { statementsSince } from '../support/requests.js';
import { execute, ledgerEvents } from '../support/sql.js';
import type { World } from '../support/world.js';
import { startWorld } from '../support/world.js';

const group = 'sample_workflow_1';
const gold = 'dr_test_catalog.main.workflow_1_gold';
/** Belongs to the group, and its job never writes it: every sync but the first carries it. */
const reference = 'dr_test_catalog.raw.raw_data';
const syncLocation = 'abfss://dr-sync@secondarysync.dfs.core.windows.net';
const stagingOf = (table: string): string => `${syncLocation}/dr_test_eastus2_databricks/${table.split('.').join('/')}`;

let world: World;
const runs: string[] = [];

const inSecondary = (sql: string) => execute(world.stack, 'secondary', sql);
const rowsIn = async (table: string): Promise<number> =>
  Number((await inSecondary(`SELECT count(*) FROM ${table}`))[0]?.[0]);

const runJob = async (): Promise<string> => {
  const { runId, ended } = world.stack.runJob({ job: group });
  await ended;
  runs.push(runId);
  return runId;
};

const published = async (runId: string): Promise<void> => {
  await world.untilStatus(
    group,
    `run ${runId}`,
    ({ recoveryPoint, phase }) => recoveryPoint?.runId === runId && phase === 'idle',
    90_000,
  );
  expect(await differencesFrom(world.stack, 'secondary', truthOf(world.stack, runId))).toEqual([]);
};

const runAndSync = async (): Promise<string> => {
  const runId = await runJob();
  await world.entity(group).signal('syncNow');
  await published(runId);
  return runId;
};

async function entryOf(runId: string, table: string): Promise<ManifestEntry> {
  const events = await ledgerEvents(world.stack, 'secondary');
  const row = events.find(({ event, runId: of }) => event === 'published' && of === runId);
  const { manifest } = JSON.parse(row?.detail ?? '{}') as { manifest: ManifestEntry[] };
  const entry = manifest.find(({ sourceTable }) => sourceTable === table);
  if (!entry) throw new Error(`run ${runId} has no ${table}`);
  return entry;
}

beforeAll(async () => {
  world = await startWorld({
    config(_config, _workspace, groups) {
      const [first] = groups as { tables: string[] }[];
      first?.tables.push(reference);
      groups.splice(2, 1);
    },
  });
  await execute(world.stack, 'primary', `INSERT INTO ${reference} VALUES (1, 1, 'one'), (2, 1, 'two')`);
  expect(await world.dr('apply')).toMatchObject({ code: 0 });
  world.startWorker();
  await runAndSync();
}, 240_000);

afterAll(() => world?.end());

describe('restartable: a clone that fails long after it was submitted', { timeout: 240_000 }, () => {
  it('because somebody else has committed first, is made again instead of being awaited for ever', async () => {
    const staging = stagingOf(gold);
    const { faults } = world.stack;
    faults.set('primary', 'warehouse', {
      kind: 'orphan',
      delayMs: 8_000,
      only: `delta.\`${staging}\` DEEP CLONE`,
      times: 1,
    });
    const runId = await runJob();
    await world.entity(group).signal('syncNow');
    await until('the clone that is held at its commit', () =>
      Promise.resolve(faults.hits('primary', 'warehouse') > 0 || null),
    );
    await inSecondary(`ALTER TABLE delta.\`${staging}\` SET TBLPROPERTIES ('somebody.else' = 'was here')`);
    await published(runId);
  });
});

describe('nothing is lost in silence: a copy of a table that no sync sends', { timeout: 240_000 }, () => {
  it.each([
    [
      'was deleted',
      async (staging: string) => {
        const folder = join(world.stack.file.storage[syncLocation] ?? '', staging.slice(syncLocation.length));
        expect(existsSync(folder)).toBe(true);
        rmSync(folder, { recursive: true });
      },
    ],
    [
      'was emptied',
      async (staging: string) => {
        await inSecondary(`DELETE FROM delta.\`${staging}\``);
      },
    ],
  ])('%s: the next sync notices and sends it again', async (_how, tamper) => {
    const staging = stagingOf(reference);
    expect(await rowsIn(`delta.\`${staging}\``)).toBe(2);
    await tamper(staging);
    const runId = await runAndSync();
    const entry = await entryOf(runId, reference);
    expect(await rowsIn(`delta.\`${staging}\``)).toBe(2);
    expect(await rowsIn(`delta.\`${staging}\` VERSION AS OF ${entry.stagingVersion}`)).toBe(2);
    expect(entry.carried, 'it was sent').toBe(false);
  });

  it('economical: is carried, and not sent, where all is well', async () => {
    const from = world.stack.requestLog.entries().length;
    const runId = await runAndSync();
    expect((await entryOf(runId, reference)).carried).toBe(true);
    expect(statementsSince(world.stack, from, /DEEP CLONE/).filter((sql) => sql.includes('raw_data'))).toEqual([]);
  });
});

describe('never backwards: a step that goes on behind the back of a switch', { timeout: 240_000 }, () => {
  it('submits nothing any more', async () => {
    const chosen = runs.at(-1) ?? '';
    // The first look is that of the whole publish; the second one, of the clone itself, is under way when the switch comes.
    const look = 'DESCRIBE DETAIL `dr_test_catalog`.`main`.`workflow_1_gold`';
    world.stack.faults.set('secondary', 'warehouse', { kind: 'latency', ms: 30_000, only: look, times: 2 });
    const late = await runJob();
    await world.entity(group).signal('syncNow');
    await until(
      'the second look',
      () => Promise.resolve(world.stack.faults.hits('secondary', 'warehouse') > 1 || null),
      120_000,
    );
    await world.entity(group).signal('failover', { recoveryPoint: chosen, requestId: 'back' });
    await world.untilStatus(group, 'the failover', ({ protection }) => protection === 'exposed', 120_000);
    expect(await differencesFrom(world.stack, 'secondary', truthOf(world.stack, chosen))).toEqual([]);
    // The look has answered by now, and whoever asked for it has had the time to act on it.
    await new Promise((resolve) => setTimeout(resolve, 25_000));
    expect(await differencesFrom(world.stack, 'secondary', truthOf(world.stack, chosen)), `not run ${late}`).toEqual(
      [],
    );
  });
});
