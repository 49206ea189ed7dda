/**
 * Promises 2 and 3: what somebody else wrote to the passive side is never overwritten unasked, and what was tampered with
 * in staging is never published.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GroupStatus } from '../../src/domain/status.js';
import { differencesFrom, truthOf } from '../support/compare.js';
import { execute, ledgerEvents } from '../support/sql.js';
import type { World } from '../support/world.js';
import { startWorld } from '../support/world.js';

const group = 'sample_workflow_1';
const bronze = 'dr_test_catalog.raw.workflow_1_bronze';
const silver = 'dr_test_catalog.stage.workflow_1_silver';
const gold = 'dr_test_catalog.main.workflow_1_gold';
const syncLocation = 'abfss://dr-sync@secondarysync.dfs.core.windows.net';
const staging = `${syncLocation}/dr_test_eastus2_databricks/dr_test_catalog/stage/workflow_1_silver`;

let world: World;
let published = '';

const runJob = async (): Promise<string> => {
  const { runId, ended } = world.stack.runJob({ job: group });
  await ended;
  return runId;
};

const inSecondary = (sql: string) => execute(world.stack, 'secondary', sql);

/** A copy of one of its own rows: whatever the columns are, the table holds a row more. */
const addRow = (table: string) => inSecondary(`INSERT INTO ${table} SELECT * FROM ${table} LIMIT 1`);

const rowsOf = async (table: string): Promise<number> =>
  Number((await inSecondary(`SELECT count(*) FROM ${table}`))[0]?.[0]);

const held = async (): Promise<NonNullable<GroupStatus['held']>> => {
  await world.entity(group).signal('syncNow');
  const status = await world.untilStatus(group, 'the hold', (now) => now.held !== null && now.phase === 'idle');
  return status.held ?? never();
};

const acceptAndResume = async (runId: string): Promise<void> => {
  const accepted = await world.dr('apply', '--accept-baseline');
  expect(accepted, accepted.stderr).toMatchObject({ code: 0 });
  expect(await world.dr('resume', group)).toMatchObject({ code: 0 });
  await publishedRun(runId);
};

const publishedRun = async (runId: string): Promise<void> => {
  await world.untilStatus(
    group,
    `run ${runId}`,
    ({ recoveryPoint, phase }) => recoveryPoint?.runId === runId && phase === 'idle',
  );
  expect(await differencesFrom(world.stack, 'secondary', truthOf(world.stack, runId))).toEqual([]);
  published = runId;
};

beforeAll(async () => {
  world = await startWorld();
  expect(await world.dr('apply')).toMatchObject({ code: 0 });
  world.startWorker();
}, 180_000);

afterAll(() => world?.end());

describe('what somebody else wrote', { timeout: 240_000 }, () => {
  it('into a target before the first sync is not overwritten until the baseline is accepted', async () => {
    const runId = await runJob();
    const columns = await execute(world.stack, 'primary', `SELECT * FROM ${silver} LIMIT 1`);
    const values = (columns[0] ?? []).map(() => 'NULL').join(', ');
    await inSecondary(`INSERT INTO ${silver} VALUES (${values})`);

    expect(await held()).toMatchObject({ code: 'TARGET_CHANGED', message: expect.stringContaining(silver) });
    expect(await rowsOf(silver), 'the row is still there').toBe(1);
    expect(await rowsOf(bronze), 'no other table was published').toBe(0);

    await acceptAndResume(runId);
    expect(
      (await ledgerEvents(world.stack, 'secondary')).filter((row) => row.event === 'baseline' && row.group === group),
    ).toHaveLength(1);
  });

  it('into a published table holds the next sync, which names table and commit, and replaces no other table', async () => {
    await addRow(gold);
    const rows = await rowsOf(gold);
    const next = await runJob();

    const hold = await held();
    expect(hold).toMatchObject({ code: 'TARGET_CHANGED', message: expect.stringContaining(gold) });
    expect(hold.message).toMatch(/version \d+ \(WRITE/);
    expect(hold.remedy).toContain('--accept-baseline');
    expect(await rowsOf(gold), 'nothing was overwritten').toBe(rows);
    const before = truthOf(world.stack, published);
    const { [gold]: _changed, ...others } = before.tables;
    expect(await differencesFrom(world.stack, 'secondary', { ...before, tables: others })).toEqual([]);

    await acceptAndResume(next);
  });

  it('by restoring a target to an older version is noticed', async () => {
    const [[version] = []] = await inSecondary(`SELECT max(version) FROM (DESCRIBE HISTORY ${bronze})`).catch(() => [
      [null],
    ]);
    await inSecondary(`RESTORE TABLE ${bronze} TO VERSION AS OF ${Number(version ?? 2) - 1}`);
    const next = await runJob();
    expect(await held()).toMatchObject({ code: 'TARGET_CHANGED', message: expect.stringContaining('RESTORE') });
    await acceptAndResume(next);
  });

  it.each([
    [
      'a row in staging',
      async () => {
        await inSecondary(`INSERT INTO delta.\`${staging}\` SELECT * FROM delta.\`${staging}\` LIMIT 1`);
      },
    ],
    [
      'staging that was deleted',
      async () => {
        const folder = join(world.stack.file.storage[syncLocation] ?? never(), staging.slice(syncLocation.length));
        expect(existsSync(folder)).toBe(true);
        rmSync(folder, { recursive: true });
      },
    ],
  ])('%s is not published: the table is sent again', async (_name, tamper) => {
    await tamper();
    const next = await runJob();
    await world.entity(group).signal('syncNow');
    await publishedRun(next);
  });
});

describe('a failover over a changed target', { timeout: 240_000 }, () => {
  it('is refused and touches nothing; with acceptLoss the rows are put aside first', async () => {
    await addRow(gold);
    const rows = await rowsOf(gold);
    await world.entity(group).signal('failover', { requestId: 'careful' });
    const refused = await world.untilStatus(group, 'the answer', ({ requests }) => answered(requests, 'careful'));
    expect(refused.requests[0]).toMatchObject({ id: 'careful', outcome: 'refused', code: 'TARGET_CHANGED' });
    expect(refused).toMatchObject({ activeRegion: 'primary', protection: 'protected', epoch: 1 });
    expect(await rowsOf(gold)).toBe(rows);

    await world.entity(group).signal('failover', { requestId: 'bold', acceptLoss: true });
    await world.untilStatus(group, 'the failover', ({ protection }) => protection === 'exposed', 120_000);
    expect(await differencesFrom(world.stack, 'secondary', truthOf(world.stack, published))).toEqual([]);
    const switched = (await ledgerEvents(world.stack, 'secondary')).find(({ event }) => event === 'failed_over');
    const { switchId } = JSON.parse(switched?.detail ?? '{}') as { switchId: string };
    const aside = `${syncLocation}/stranded/${switchId}/${gold.split('.').join('/')}`;
    expect(Number((await inSecondary(`SELECT count(*) FROM delta.\`${aside}\``))[0]?.[0])).toBe(rows);
  });
});

const answered = (requests: GroupStatus['requests'], id: string): boolean =>
  requests.some((request) => request.id === id && request.outcome !== 'accepted');

const never = (): never => {
  throw new Error('this can not be');
};
