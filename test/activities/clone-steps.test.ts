/** The steps of a clone against the region pair: what they must not do, whatever they were told before. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CloneOrder, CloneStart, TargetReading } from '../../src/activities/contract.js';
import { createActivities } from '../../src/activities/index.js';
import type { Workspace } from '../../src/databricks/api.js';
import { createWorkspace } from '../../src/databricks/workspace.js';
import type { RegionConnection } from '../../src/domain/connection.js';
import type { Region } from '../../src/domain/region.js';
import { Secret } from '../../src/domain/secret.js';
import type { Stack } from '../../src/local/stack/stack.js';
import { startStack } from '../../src/local/stack/stack.js';
import { execute } from '../support/sql.js';

const table = 'dr_test_catalog.raw.workflow_1_bronze';

let dir: string;
let stack: Stack;
const workspaces: Partial<Record<Region, Workspace>> = {};

const keys: Readonly<Record<Region, RegionConnection['secretKeys']>> = {
  primary: { jobs: 'dr-pat-key', send: 'dr-sender-key', receive: 'dr-reverse-receiver-key' },
  secondary: { jobs: 'dr-pat-key', send: 'dr-reverse-sender-key', receive: 'dr-receiver-key' },
};

function open(region: Region): Workspace {
  const { url, host, caCertFile, tokens } = stack.file.regions[region];
  const opened =
    workspaces[region] ??
    createWorkspace({
      region,
      baseUrl: url,
      host,
      bootstrap: { kind: 'token', token: new Secret(tokens.bootstrap ?? '') },
      warehouseHttpPath: null,
      secretScope: 'dr-test-scope',
      secretKeys: keys[region],
      fallbackSecret: () => null,
      caCertFile,
    });
  workspaces[region] = opened;
  return opened;
}

const never = (): never => {
  throw new Error('no step of a clone asks for this');
};

/** The steps as one worker's process has them. */
const stepsOf = (processId: string) =>
  createActivities({
    config: never,
    workspace: (_name, region) => open(region),
    sendMail: never,
    processId,
    now: () => Date.now(),
  }).host;

const run = <Result>(step: () => Promise<Result>): Promise<Result> => new MockActivityEnvironment().run(step);

const head: CloneOrder['head'] = {
  workspace: 'ws',
  group: 'g',
  job: null,
  tableCount: 1,
  hosts: { primary: 'p', secondary: 's' },
  syncIntervalMinutes: 1,
  failoverIntervalMinutes: 1,
  maxRetries: 1,
  trigger: 'interval',
  acceptPartialSuccess: false,
  recoveryPointsKept: 1,
  rpoTargetMinutes: null,
  maxParallelTables: 1,
  verify: 'files',
  acknowledgeStreaming: false,
  successMail: 'off',
  activateJob: false,
  specHash: '',
  syncLocations: {
    primary: 'abfss://dr-sync@primarysync.dfs.core.windows.net',
    secondary: 'abfss://dr-sync@secondarysync.dfs.core.windows.net',
  },
};

const order = (hop: CloneOrder['hop'], fromVersion: number, more: Partial<CloneOrder> = {}): CloneOrder => ({
  head,
  direction: 'forward',
  hop,
  table: { primary: table, secondary: table },
  stamp: { sourceTableId: 'source', sourceVersion: 1, syncId: 'sync-1', epoch: 1, controller: 'c' },
  fromVersion,
  sourceRetention: { log: null, deletedFiles: null },
  keep: null,
  baseline: null,
  again: false,
  reading: null,
  ...more,
});

/** To the clone's end. */
async function clone(steps: ReturnType<typeof stepsOf>, what: CloneOrder): Promise<void> {
  const start: CloneStart = await run(() => steps.startClone(what));
  if (start.kind === 'done') return;
  await run(() =>
    steps.awaitStatement({
      workspace: 'ws',
      region: what.hop === 'send' ? 'primary' : 'secondary',
      hop: what.hop,
      statementId: start.statementId,
      silenceLimitMs: 60_000,
    }),
  );
  await run(() => steps.finishClone(what, start));
}

const rowsInTarget = async (): Promise<number> =>
  Number((await execute(stack, 'secondary', `SELECT count(*) FROM ${table}`))[0]?.[0]);

let stagingVersion = 0;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'clone-steps-'));
  stack = await startStack({ dir, temporal: 'none' });
  await stack.runJob({ job: 'sample_workflow_1' }).ended;
  const steps = stepsOf('setting up');
  await clone(steps, order('send', 1));
  const staging = `delta.\`${head.syncLocations.secondary}/ws/${table.split('.').join('/')}\``;
  const history = await execute(stack, 'secondary', `DESCRIBE HISTORY ${staging} LIMIT 1`);
  stagingVersion = Number(history[0]?.[0]);
  await clone(steps, order('receive', stagingVersion));
}, 120_000);

afterAll(async () => {
  await Promise.all(Object.values(workspaces).map((workspace) => workspace.close()));
  await stack.stop();
  rmSync(dir, { recursive: true, force: true });
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
    await execute(stack, 'secondary', `INSERT INTO ${table} SELECT * FROM ${table} LIMIT 1`);
    const rows = await rowsInTarget();
    const steps = stepsOf('a');
    await expect(run(() => steps.startClone(receive(reading(seen))))).rejects.toMatchObject({ code: 'TARGET_CHANGED' });
    expect(await rowsInTarget()).toBe(rows);
  });

  it('are not overwritten, however much maintenance came after them', async () => {
    for (let round = 0; round < 52; round++) await execute(stack, 'secondary', `VACUUM ${table}`);
    const newest = await execute(stack, 'secondary', `DESCRIBE HISTORY ${table} LIMIT 100`);
    expect(newest.flat().filter((value) => value === 'WRITE' || value === 'CLONE')).toEqual([]);
    const steps = stepsOf('a');
    await expect(run(() => steps.startClone(receive(reading({ readAt: 0 }))))).rejects.toMatchObject({
      code: 'TARGET_CHANGED',
    });
  });
});
