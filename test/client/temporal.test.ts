import { fileURLToPath } from 'node:url';
import type { SearchAttributePair } from '@temporalio/common';
import { TypedSearchAttributes } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Io } from '../../src/client/index.js';
import { processVariables } from '../../src/config/index.js';
import { findTemporalCli } from '../../src/local/temporal/cli.js';
import { entityId, workflowQueue } from '../../src/workflows/messages.js';
import { completeFile, withValue } from '../config/fixtures.js';
import { fileWith, ran } from './test-io.js';

let server: TestWorkflowEnvironment;
let workflowBundle: { code: string };

beforeAll(async () => {
  const logger = new DefaultLogger('ERROR');
  Runtime.install({ logger });
  const path = findTemporalCli(processVariables().TEMPORAL_CLI_PATH);
  server = await TestWorkflowEnvironment.createLocal({ server: { executable: { type: 'existing-path', path } } });
  workflowBundle = await bundleWorkflowCode({
    logger,
    workflowsPath: fileURLToPath(new URL('./stub-entity.ts', import.meta.url)),
  });
});

afterAll(() => server?.teardown());

/** No region answers, so that `apply` is about Temporal alone, and says so with exit code 4. */
const base = withValue(
  withValue(completeFile(), 'workspaces.0.workspace_instance_url', 'https://127.0.0.1:9'),
  'workspaces.0.secondary_workspace_instance_url',
  'https://127.0.0.1:2',
);

const cli = (argv: readonly string[], file: unknown = base, overrides: Partial<Io> = {}) =>
  ran(argv, {
    ...overrides,
    variables: {
      DR_CONFIG: fileWith(file),
      TEMPORAL_ADDRESS: server.address,
      DATABRICKS_TOKEN_PRIMARY: 'x',
      DATABRICKS_TOKEN_SECONDARY: 'y',
    },
  });

const describeSchedule = (group: string) =>
  server.client.schedule.getHandle(entityId({ workspace: 'sales', group })).describe();

const withWorker = async <T>(work: () => Promise<T>): Promise<T> => {
  const worker = await Worker.create({ connection: server.nativeConnection, taskQueue: workflowQueue, workflowBundle });
  return worker.runUntil(work);
};

const attributesOf = (attributes: TypedSearchAttributes | readonly SearchAttributePair[] | undefined) => {
  const pairs = attributes instanceof TypedSearchAttributes ? attributes.getAll() : (attributes ?? []);
  return Object.fromEntries(pairs.map(({ key, value }) => [key.name, value]));
};

describe('apply', () => {
  it('plan says first what it would do, and does nothing', async () => {
    const { out } = await cli(['plan']);
    expect(out).toContain('add search attributes DrWorkspace');
    expect(out).toContain('start protecting orders (2 tables)');
    expect(out).toContain('create the Schedule of lookups (every 15 min)');
    await expect(describeSchedule('orders')).rejects.toThrow();
  });

  it('makes Schedules and entities that tell what they are, and once only', async () => {
    expect((await cli(['apply'])).out).toContain('Applied.');
    const found = await describeSchedule('orders');
    expect(found).toMatchObject({
      policies: { overlap: 'SKIP', catchupWindow: 60_000, pauseOnFailure: false },
      spec: { intervals: [{ every: 900_000 }] },
      action: {
        workflowType: 'syncTick',
        taskQueue: 'dr',
        workflowId: 'dr/sales/orders/tick',
        args: [{ workspace: 'sales', group: 'orders' }],
      },
    });
    expect(attributesOf(found.typedSearchAttributes)).toEqual({ DrWorkspace: 'sales', DrGroup: 'orders' });
    expect(attributesOf(found.action.typedSearchAttributes)).toEqual({ DrWorkspace: 'sales', DrGroup: 'orders' });
    const { runId } = await server.client.workflow.getHandle('dr/sales/orders').describe();

    expect((await cli(['apply'])).out).toBe('Nothing to change.\n');
    expect((await cli(['plan'])).out).toBe('Nothing to change.\n');
    expect((await server.client.workflow.getHandle('dr/sales/orders').describe()).runId).toBe(runId);
    expect((await describeSchedule('orders')).info.lastUpdatedAt).toEqual(found.info.lastUpdatedAt);
  });

  it('groups of one interval do not fire at the same instant', async () => {
    const offsets = await Promise.all(
      ['orders', 'lookups'].map(async (group) => (await describeSchedule(group)).spec.intervals?.[0]?.offset),
    );
    expect(new Set(offsets).size).toBe(2);
  });

  it("changes what the configuration changed, and keeps an operator's pause and note", async () => {
    await server.client.schedule.getHandle('dr/sales/orders').pause('maintenance');
    const file = withValue(
      withValue(base, 'workspaces.0.sync_groups.0.sync_interval_mins', '7.5'),
      'workspaces.0.sync_groups.1.sync_cron',
      '30 2 * * *',
    );
    const plan = await cli(['plan'], file);
    expect(plan.out).toContain('update the Schedule of orders: every 7.5 min; it stays paused');
    expect(plan.out).toContain('update the Schedule of lookups: cron 30 2 * * * UTC');
    await cli(['apply'], file);
    expect(await describeSchedule('orders')).toMatchObject({
      state: { paused: true, note: 'maintenance' },
      spec: { intervals: [{ every: 450_000 }] },
    });
    expect(await describeSchedule('lookups')).toMatchObject({
      spec: { intervals: [], calendars: [{ hour: [{ start: 2 }] }] },
    });
    expect((await cli(['apply'], file)).out).toBe('Nothing to change.\n');
    await cli(['apply']);
    expect((await describeSchedule('lookups')).spec).toMatchObject({ calendars: [], intervals: [{ every: 900_000 }] });
  });

  it('puts right what somebody else changed', async () => {
    await server.client.schedule
      .getHandle('dr/sales/lookups')
      .update((before) => ({ ...before, policies: { ...before.policies, pauseOnFailure: true } }));
    expect((await cli(['apply'])).out).toContain('update the Schedule of lookups: policies');
    expect((await describeSchedule('lookups')).policies.pauseOnFailure).toBe(false);
  });
});

describe('without a worker', () => {
  it('status says so, and is no success', async () => {
    const { code, out } = await cli(['status', 'orders']);
    expect(code).toBe(1);
    expect(out).toContain('lakehouse-dr worker');
    const json = await cli(['status', '--json']);
    expect([json.code, JSON.parse(json.out)]).toEqual([1, { groups: [] }]);
  });
});

describe('requests, with a worker', () => {
  it('pause, sync and resume say what became of them', async () => {
    await withWorker(async () => {
      expect(await cli(['pause', 'orders'])).toMatchObject({ code: 0, out: 'sales/orders: pause: done\n' });
      expect((await cli(['pause', 'sales/orders'])).out).toContain('it already is so');
      expect(await cli(['resume', 'orders'])).toMatchObject({ code: 0 });
      expect((await cli(['sync', 'orders', '--wait'])).out).toContain('recovery point: run 7 (repair 8)');
      expect((await cli(['status'])).out).toContain('sales/lookups');
    });
  });

  it('status --json answers though no ledger can be read', async () => {
    await withWorker(async () => {
      const { code, out } = await cli(['status', 'orders', '--json']);
      expect(code).toBe(0);
      expect(JSON.parse(out)).toMatchObject({ groups: [{ group: 'orders', recoveryPoint: { tables: null } }] });
    });
  });

  it('history names the regions that can not be read, and is no success', async () => {
    const { code, err } = await cli(['history', 'orders']);
    expect(code).toBe(4);
    expect(err).toContain('127.0.0.1:9');
    expect(err).toContain('127.0.0.1:2');
  });

  it('failover tells the loss first, and does nothing without a yes', async () => {
    await withWorker(async () => {
      const silent = await cli(['failover', 'orders']);
      expect(silent).toMatchObject({ code: 2, err: expect.stringContaining('--yes') });
      expect(silent.out).toContain('Recovery point: run 7 (repair 8)');
      expect(silent.out).toContain('Lost: no finished run that is known');
      const questions: string[] = [];
      const no = await cli(['failover', 'orders'], base, {
        interactive: true,
        ask: async (question) => {
          questions.push(question);
          return 'no';
        },
      });
      expect(no.code).toBe(3);
      expect(questions).toEqual([expect.stringContaining('1 group to the secondary region')]);
      expect((await cli(['status', 'orders'])).out).toContain('active region   primary');
    });
  });

  it('failover of several: each has its outcome, a refusal decides the exit code', async () => {
    await withWorker(async () => {
      const { code, out, err } = await cli([
        'failover',
        '--all',
        '--yes',
        '--wait',
        '--reason',
        'drill',
        '--accept-loss',
        '--concurrency',
        '1',
      ]);
      expect(code).toBe(3);
      expect(out).toContain('sales/orders: failover: done');
      expect(out).toContain('active in the secondary region');
      expect(out).toContain('sales/lookups: failover: refused: NO_RECOVERY_POINT');
      expect(err).toContain('lakehouse-dr history');
      expect((await cli(['status', 'orders'])).out).toMatch(/asked: secondary drill\s+undefined true true/);
    });
  });
});

describe('retiring', () => {
  const without = withValue(base, 'workspaces.0.sync_groups', base.workspaces[0]?.sync_groups.slice(0, 1));

  it('only when asked for: Schedule and entity go, the other group stays', async () => {
    const sync = { taskQueue: 'nobody', workflowId: 'dr/sales/lookups/sync' };
    const running = await server.client.workflow.start('syncRun', sync);
    expect(await cli(['apply', '--retire'], without)).toMatchObject({
      code: 3,
      err: expect.stringContaining('Wait for its end'),
    });
    await running.terminate();
    const kept = await cli(['apply'], without);
    expect(kept.err).toContain('Not done without --retire');
    await describeSchedule('lookups');
    expect((await cli(['apply', '--retire'], without)).out).toContain('retire sales/lookups');
    await expect(describeSchedule('lookups')).rejects.toThrow();
    expect((await server.client.workflow.getHandle('dr/sales/lookups').describe()).status.name).toBe('TERMINATED');
    expect((await server.client.workflow.getHandle('dr/sales/orders').describe()).status.name).toBe('RUNNING');
    expect(await cli(['pause', 'lookups'])).toMatchObject({
      code: 3,
      err: expect.stringContaining('lakehouse-dr apply'),
    });
  });
});
