/**
 * Promise 4 and 6, through the command line: a worker that is killed while a clone runs costs nothing. The statement goes
 * on in the warehouse, is found again by its id, and its bytes are written once.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../../demo/until.js';
import { differencesFrom, truthOf } from '../support/compare.js';
import { statementsSince } from '../support/requests.js';
import type { World } from '../support/world.js';
import { startWorld } from '../support/world.js';

const group = 'sample_workflow_1';

let world: World;

beforeAll(async () => {
  world = await startWorld();
  expect(await world.dr('apply')).toMatchObject({ code: 0 });
}, 120_000);

afterAll(() => world?.end());

it('a worker killed in mid-clone and started again: the sync ends right, each clone ran once, its bytes were written once', {
  timeout: 240_000,
}, async () => {
  const { stack } = world;
  const { runId, ended } = stack.runJob({ job: group });
  await ended;
  // Every clone in the primary takes so much longer that the worker can be killed while it runs.
  stack.faults.set('primary', 'warehouse', { kind: 'latency', ms: 8000, only: 'DEEP CLONE' });
  const first = world.startWorker();
  await world.dr('sync', group);
  await until('clones in the warehouse', () =>
    statementsSince(stack, 0, /^CREATE OR REPLACE TABLE delta.*DEEP CLONE/).length >= 3 ? true : null,
  );
  await first.kill();

  world.startWorker();
  await world.untilStatus(group, 'the recovery point', ({ recoveryPoint }) => recoveryPoint?.runId === runId, 180_000);
  expect(await differencesFrom(stack, 'secondary', truthOf(stack, runId))).toEqual([]);

  const sends = statementsSince(stack, 0, /^CREATE OR REPLACE TABLE delta.*DEEP CLONE/);
  expect(new Set(sends).size, 'no table was sent twice').toBe(sends.length);
  expect(sends).toHaveLength(3);
  const staging = join(
    stack.file.storage['abfss://dr-sync@secondarysync.dfs.core.windows.net'] ?? '',
    'dr_test_eastus2_databricks',
  );
  const sent = stack.file.tables.primary;
  const sourceBytes = Object.entries(sent)
    .filter(([table]) => table.includes('workflow_1'))
    .reduce((sum, [, folder]) => sum + dataBytes(folder), 0);
  expect(dataBytes(staging), 'bytes in staging').toBeLessThanOrEqual(sourceBytes);
  expect(dataBytes(staging)).toBeGreaterThan(0);
});

/** Bytes of the data files below a folder; of a re-written source this includes files that are no longer live. */
function dataBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.parquet') && !entry.parentPath.includes('_delta_log'))
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
