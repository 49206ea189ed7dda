/**
 * Promise 2: an entity that continues as new under a rain of signals takes each of them exactly once, from every state that
 * it can rest in. The server suggests to continue after a few dozen events, so that it happens all the time.
 */
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../demo/until.js';
import { initialState } from '../../src/domain/group/state.js';
import type { GroupStatus } from '../../src/domain/status.js';
import type { Stack } from '../../src/local/stack/stack.js';
import { startStack } from '../../src/local/stack/stack.js';
import { findTemporalCli } from '../../src/local/temporal/cli.js';
import type { TemporalDevServer } from '../../src/local/temporal/dev-server.js';
import { startTemporalDevServer } from '../../src/local/temporal/dev-server.js';
import { packageFolder } from '../../src/worker/bundle-path.js';
import { entityId, statusQuery, workflowQueue, workflowTypes } from '../../src/workflows/messages.js';
import { workspace } from '../support/world.js';

const main = join(packageFolder(), 'dist', 'src', 'bin', 'lakehouse-dr.js');
const dir = mkdtempSync(join(tmpdir(), 'lakehouse-dr-continue-'));

/** `status.requests` shows fifty: so many can be counted in one rain. */
const rain = 40;

let stack: Stack;
let server: TemporalDevServer;
let connection: Connection;
let client: Client;
let worker: ReturnType<typeof spawn>;

beforeAll(async () => {
  server = await startTemporalDevServer({
    cli: findTemporalCli(process.env.TEMPORAL_CLI_PATH),
    dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': 40 },
  });
  stack = await startStack({ dir, temporal: 'none' });
  connection = await Connection.connect({ address: server.address });
  client = new Client({ connection });
  const env = { ...process.env, ...stack.file.env, TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: 'default' };
  await promisify(execFile)(process.execPath, [main, 'apply'], { env });
  worker = spawn(process.execPath, [main, 'worker'], { env, stdio: 'ignore' });
}, 180_000);

afterAll(async () => {
  worker?.kill('SIGKILL');
  await connection?.close();
  await stack?.stop();
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
}, 60_000);

const entityOf = (group: string) => client.workflow.getHandle(entityId({ workspace, group }));
const statusOf = (group: string): Promise<GroupStatus> => entityOf(group).query(statusQuery);

const untilStatus = (group: string, what: string, wanted: (status: GroupStatus) => boolean): Promise<GroupStatus> =>
  until(what, async () => {
    const status = await statusOf(group).catch(() => null);
    return status && wanted(status) ? status : null;
  });

async function livesOf(group: string): Promise<number> {
  const query = `WorkflowId = '${entityId({ workspace, group })}' AND ExecutionStatus = 'ContinuedAsNew'`;
  return (await client.workflow.count(query)).count;
}

/** Every signal twice with the same id, all at once; each has to be in the requests once, whichever life took it. */
async function rainOf(signal: string, group: string, prefix: string, input: object = {}): Promise<GroupStatus> {
  const lives = await livesOf(group);
  const ids = Array.from({ length: rain }, (_, index) => `${prefix}-${index}`);
  const entity = entityOf(group);
  await Promise.all([...ids, ...ids].map((requestId) => entity.signal(signal, { ...input, requestId })));
  const status = await untilStatus(
    group,
    `${prefix}: all requests`,
    ({ requests }) => requests.filter(({ id }) => id.startsWith(`${prefix}-`)).length >= rain,
  );
  const taken = status.requests.map(({ id }) => id).filter((id) => id.startsWith(`${prefix}-`));
  expect(taken, 'each once').toHaveLength(rain);
  expect(new Set(taken)).toEqual(new Set(ids));
  await until(`${prefix}: a next life`, async () => ((await livesOf(group)) > lives ? true : null));
  return status;
}

describe('an entity that continues as new takes every signal once', { timeout: 240_000 }, () => {
  it('while it rests', async () => {
    await rainOf('resume', 'sample_workflow_1', 'resting');
  });

  it('while it waits for a run, and the wait goes on in the next life', async () => {
    const { ended } = stack.runJob({ job: 'sample_workflow_1', stepDelayMs: 3000 });
    await entityOf('sample_workflow_1').signal('syncNow', { requestId: 'wish' });
    await untilStatus('sample_workflow_1', 'waiting', ({ phase }) => phase === 'waiting-for-run');
    await rainOf('failover', 'sample_workflow_1', 'waiting', { to: 'primary' });
    await ended;
    const synced = await untilStatus('sample_workflow_1', 'the sync', ({ recoveryPoint }) => recoveryPoint !== null);
    expect(synced.activeRegion).toBe('primary');
  });

  it('while it is paused, and it stays so', async () => {
    await entityOf('sample_workflow_2').signal('pause', { requestId: 'first' });
    expect(await rainOf('pause', 'sample_workflow_2', 'paused')).toMatchObject({ paused: true });
  });

  it('while it is held, and it stays so', async () => {
    const nobody = { workspace, group: 'not_configured' };
    await client.workflow.start(workflowTypes.protectGroup, {
      workflowId: entityId(nobody),
      taskQueue: workflowQueue,
      args: [nobody],
    });
    await untilStatus('not_configured', 'the hold', ({ held }) => held !== null);
    const held = await rainOf('syncNow', 'not_configured', 'held');
    expect(held.held?.code).toBe('GROUP_NOT_CONFIGURED');
    expect(held.requests.every(({ outcome }) => outcome === 'refused')).toBe(true);
  });
});

describe('carried state', { timeout: 120_000 }, () => {
  it('of a newer schema is left alone: the task fails and waits for a newer worker, the workflow does not end', async () => {
    const ref = { workspace, group: 'from_the_future' };
    const entity = await client.workflow.start(workflowTypes.protectGroup, {
      workflowId: entityId(ref),
      taskQueue: workflowQueue,
      args: [{ ...ref, state: { ...initialState(ref, 'c'), schemaVersion: 999 } }],
    });
    const failed = await until('a failed task', async () => {
      const { events } = await entity.fetchHistory();
      return events?.find((event) => event.workflowTaskFailedEventAttributes) ?? null;
    });
    expect(failed.workflowTaskFailedEventAttributes?.failure?.message).toContain('newer');
    expect((await entity.describe()).status.name).toBe('RUNNING');
    await entity.terminate('the test is over');
  });
});
