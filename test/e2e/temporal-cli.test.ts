/**
 * The real `temporal` command line as the operators' console: everything that the product promises about ids, signals,
 * queries, search attributes and Schedules, without a line of the product's own client in between.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../demo/until.js';
import type { GroupStatus, RecoveryPointStatus } from '../../src/domain/status.js';
import { differencesFrom, truthOf } from '../support/compare.js';
import type { World } from '../support/world.js';
import { startWorld } from '../support/world.js';

const group = 'sample_workflow_1';
const id = `dr/dr_test_eastus2_databricks/${group}`;

let world: World;

beforeAll(async () => {
  world = await startWorld();
  expect(await world.dr('apply')).toMatchObject({ code: 0 });
  world.startWorker();
}, 240_000);

afterAll(() => world?.end(), 60_000);

/** What the Temporal CLI prints. @throws when it does not end with 0 */
const temporal = async (...args: readonly string[]): Promise<string> => {
  const output = await world.temporal(...args);
  if (output.code !== 0) throw new Error(`temporal ${args.join(' ')}: ${output.stderr}`);
  return output.stdout;
};

const temporalJson = async (...args: readonly string[]): Promise<unknown> =>
  JSON.parse(await temporal(...args, '--output', 'json'));

const signal = (name: string, ...input: readonly string[]): Promise<string> =>
  temporal('workflow', 'signal', '--workflow-id', id, '--name', name, ...input);

const trigger = (): Promise<string> => temporal('schedule', 'trigger', '--schedule-id', id);

const status = async (): Promise<GroupStatus> => {
  const answer = await temporalJson('workflow', 'query', '--workflow-id', id, '--type', 'status');
  const [only] = (answer as { queryResult: GroupStatus[] }).queryResult;
  if (!only) throw new Error('the query answered nothing');
  return only;
};

const statusWhen = (what: string, wanted: (status: GroupStatus) => boolean): Promise<GroupStatus> =>
  until(
    what,
    async () => {
      const now = await status();
      return wanted(now) ? now : null;
    },
    120_000,
  );

/** Ids of the open workflows that a visibility query finds. */
const openWorkflows = async (query: string): Promise<string[]> => {
  const list = await temporalJson('workflow', 'list', '--query', `${query} AND ExecutionStatus = "Running"`);
  return (list as { execution: { workflowId: string } }[]).map(({ execution }) => execution.workflowId);
};

const runToItsEnd = async (): Promise<string> => {
  const { runId, ended } = world.stack.runJob({ job: group });
  await ended;
  return runId;
};

describe('the temporal command line', { timeout: 240_000 }, () => {
  it('lists a Schedule per group, by the id of its entity', async () => {
    const list = (await temporalJson('schedule', 'list')) as { scheduleId: string }[];
    expect(list.map(({ scheduleId }) => scheduleId).toSorted(byName)).toEqual(
      ['sample_workflow_1', 'sample_workflow_2', 'scheduled_sync'].map(
        (name) => `dr/dr_test_eastus2_databricks/${name}`,
      ),
    );
  });

  it('describes it: a tick is skipped while one runs, old ticks are not made up for, a failed one stops nothing', async () => {
    const described = (await temporalJson('schedule', 'describe', '--schedule-id', id)) as {
      schedule: { policies: { overlapPolicy: string; catchupWindow: string; pauseOnFailure?: boolean } };
    };
    const { overlapPolicy, catchupWindow, pauseOnFailure = false } = described.schedule.policies;
    expect(overlapPolicy).toMatch(/skip/i);
    expect(catchupWindow).toBe('60s');
    expect(pauseOnFailure).toBe(false);
  });

  it('syncNow syncs, and the query tells every field that scripts rely on', async () => {
    const runId = await runToItsEnd();
    await signal('syncNow', '--input', '{"requestId":"by-hand","requestedBy":"an operator"}');
    const now = await statusWhen('the sync', ({ requests }) =>
      requests.some(({ id: request, outcome }) => request === 'by-hand' && outcome !== 'accepted'),
    );
    expect(Object.keys(now).toSorted(byName)).toEqual(statusFields.toSorted(byName));
    expect(now).toMatchObject({
      ...{ workspace: 'dr_test_eastus2_databricks', group, workflowId: id },
      ...{ phase: 'idle', activeRegion: 'primary', direction: 'forward', protection: 'protected', epoch: 1 },
      ...{ paused: false, fencePending: false, held: null, lastError: null, ignoredSignals: 0 },
      recoveryPoint: { kind: 'run', runId, repairId: null },
      lastSync: { result: 'published' },
      requests: [{ id: 'by-hand', kind: 'syncNow', outcome: 'done', code: null }],
    });
    expect(now.recoveryPoint).not.toHaveProperty('tables');
    expect(Date.parse(now.recoveryPoint?.publishedAt ?? '')).not.toBeNaN();
    expect(await differencesFrom(world.stack, 'secondary', truthOf(world.stack, runId))).toEqual([]);
  });

  it('schedule trigger syncs as a tick does', async () => {
    const runId = await runToItsEnd();
    await trigger();
    await statusWhen('the tick to sync', ({ recoveryPoint }) => recoveryPoint?.runId === runId);
  });

  it('finds a group by its name and its state', async () => {
    await until('the state in the index', async () =>
      (await openWorkflows(`DrGroup = "${group}" AND DrState = "idle"`)).includes(id) ? true : null,
    );
    expect(await openWorkflows('DrState = "unprotected"')).not.toContain(id);
    expect(await openWorkflows('WorkflowType = "protectGroup" AND DrActiveRegion = "primary"')).toHaveLength(3);
  });

  it('workflow metadata tells people where the group stands', async () => {
    const told = await temporal('workflow', 'metadata', '--workflow-id', id);
    expect(told).toContain(group);
    expect(told).toContain(`run ${(await status()).recoveryPoint?.runId}`);
  });

  it.each([
    ['a name that nobody knows', 'faillover', []],
    ['a text', 'failover', ['--input', '"nonsense"']],
    ['a number', 'syncNow', ['--input', '42']],
    ['a place that is no region', 'failover', ['--input', '{"to":"mars"}']],
    ['a misspelt key', 'failover', ['--input', '{"recovery_point":"1"}']],
    ['two payloads', 'failover', ['--input', '{}', '--input', '{}']],
    ['text that is no JSON', 'failover', ['--input', 'region down', '--input-meta', 'encoding=text/plain']],
    ['bytes', 'pause', ['--input-base64', '--input', '/////w==', '--input-meta', 'encoding=binary/plain']],
  ])('%s is counted once and changes nothing', async (_what, name, input) => {
    const before = await status();
    await signal(name, ...input);
    const after = await statusWhen('the signal', ({ ignoredSignals }) => ignoredSignals > before.ignoredSignals);
    expect({ ...after, ageSeconds: null }).toEqual({
      ...before,
      ageSeconds: null,
      ignoredSignals: before.ignoredSignals + 1,
    });
  });

  it('workflow cancel is ignored: the group stays protected', async () => {
    await temporal('workflow', 'cancel', '--workflow-id', id);
    const runId = await runToItsEnd();
    await signal('syncNow');
    await statusWhen('a sync after the cancel', ({ recoveryPoint }) => recoveryPoint?.runId === runId);
    expect(await openWorkflows(`DrGroup = "${group}" AND WorkflowType = "protectGroup"`)).toEqual([id]);
  });

  it('after workflow terminate, the next tick brings the group back with what the ledger knows', async () => {
    const before = await status();
    await temporal('workflow', 'terminate', '--workflow-id', id, '--reason', 'by mistake');
    await trigger();
    const after = await until(
      'the group to come back',
      async () => {
        // Until the tick has started it, there is only the terminated one, which answers with its last state.
        const ids = await openWorkflows(`WorkflowId = "${id}"`);
        const now = ids.length > 0 ? await status() : null;
        return now?.recoveryPoint && now.phase === 'idle' ? now : null;
      },
      120_000,
    );
    expect(after.recoveryPoints.map(whatItIs)).toEqual(before.recoveryPoints.map(whatItIs));
    expect(after).toMatchObject({ protection: 'protected', activeRegion: 'primary', epoch: before.epoch + 1 });

    const runId = await runToItsEnd();
    await trigger();
    await statusWhen('a sync in its second life', ({ recoveryPoint }) => recoveryPoint?.runId === runId);
    expect(await differencesFrom(world.stack, 'secondary', truthOf(world.stack, runId))).toEqual([]);
  });

  it('failover moves the group, and asking again changes nothing', async () => {
    const input = '{"reason":"rehearsal","requestedBy":"an operator"}';
    await signal('failover', '--input', input);
    const moved = await statusWhen('the failover', ({ activeRegion }) => activeRegion === 'secondary');
    expect(moved.protection).toBe('exposed');
    await signal('failover', '--input', input);
    const again = await statusWhen('the second answer', ({ requests }) => requests[0]?.outcome === 'no-change');
    expect(again.epoch).toBe(moved.epoch);
    await until('the state in the index', async () =>
      (await openWorkflows(`DrGroup = "${group}" AND DrState = "exposed"`)).includes(id) ? true : null,
    );
  });
});

const byName = (a: string, b: string): number => (a < b ? -1 : 1);

/** Of a recovery point, without when it was published: that instant is the ledger's or the workflow's. */
const whatItIs = ({ publishedAt: _at, ...point }: RecoveryPointStatus) => point;

/** The group object of `status --json`, as the contract has it. */
const statusFields: readonly (keyof GroupStatus)[] = [
  ...(['workspace', 'group', 'workflowId', 'phase', 'activeRegion', 'direction', 'protection', 'epoch'] as const),
  ...([
    'paused',
    'fencePending',
    'held',
    'recoveryPoint',
    'recoveryPoints',
    'runsBehind',
    'warnings',
    'ageSeconds',
  ] as const),
  ...(['lastSync', 'lastError', 'nextSyncAt', 'lastDrill', 'requests', 'ignoredSignals'] as const),
];
