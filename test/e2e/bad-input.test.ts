/**
 * Promise 2, through the command line: whatever is wrong with the input is said with the exit code that scripts rely on,
 * the name of the thing and what to do, by the check beforehand and by the product at work alike. Never with a token.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differencesFrom, truthOf } from '../support/compare.js';
import type { Output, World } from '../support/world.js';
import { startWorld } from '../support/world.js';

const group = 'sample_workflow_1';
const silver = 'dr_test_catalog.stage.workflow_1_silver';
const looseGold = 'dr_test_catalog.main.gold_data';
const place = 'workspaces[0]';

let world: World;
let files = '';

beforeAll(async () => {
  files = mkdtempSync(join(tmpdir(), 'lakehouse-dr-bad-input-'));
  world = await startWorld({
    config: (_config, _workspace, groups) => {
      Object.assign(groups[1] ?? {}, { workflow: 'no_such_job' });
    },
  });
  await world.stack.regions.secondary.catalog.dropTable(looseGold);
  expect(await world.dr('apply')).toMatchObject({ code: 0 });
  world.startWorker();
}, 240_000);

afterAll(async () => {
  await world?.end();
  rmSync(files, { recursive: true, force: true });
}, 60_000);

/** Everything that a command said, on one line: lines break where the terminal ends. */
const said = ({ stdout, stderr }: Output): string => `${stdout} ${stderr}`.replace(/\s+/g, ' ');

const tokens = (): string[] =>
  Object.values(world.stack.file.regions).flatMap((region) => Object.values(region.tokens));

/** Runs a command and checks its exit code, and that all these words are in what it says, but no token. */
const expectSaid = async (output: Promise<Output>, code: number, ...words: readonly (string | RegExp)[]) => {
  const answer = await output;
  const text = said(answer);
  expect(answer.code, text).toBe(code);
  for (const word of words) expect(text).toMatch(word instanceof RegExp ? word : literally(word));
  expect(tokens().filter((token) => text.includes(token))).toEqual([]);
};

const literally = (text: string): RegExp => new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));

const fileWith = (name: string, text: string): string => {
  const file = join(files, name);
  writeFileSync(file, text);
  return file;
};

/** The world's configuration without what is wrong with it: neither the job nor the table that is not there. */
function fineConfig(): string {
  const config = JSON.parse(readFileSync(world.stack.file.config, 'utf8')) as {
    workspaces: { sync_groups: { workflow?: string; tables: string[] }[] }[];
  };
  const [, second, loose] = config.workspaces[0]?.sync_groups ?? [];
  Object.assign(second ?? {}, { workflow: 'sample_workflow_2' });
  Object.assign(loose ?? {}, { tables: loose?.tables.filter((table) => table !== looseGold) });
  return fileWith('fine.json', JSON.stringify(config));
}

describe('a command line that can not be carried out', { timeout: 120_000 }, () => {
  it('a configuration that is not there', () =>
    expectSaid(world.dr('status', '--config', '/none/dr.json'), 2, '/none/dr.json', 'no such file', '--config'));

  it('a configuration that is no JSON', () =>
    expectSaid(world.dr('validate', '--config', fileWith('broken.json', '{ "secret_scope": ')), 2, 'not JSON'));

  it('a group that nobody configured', () =>
    expectSaid(world.dr('sync', 'sample_workflow_11'), 2, '"sample_workflow_11"', 'nearest names', group));

  it.each([
    ['DR_LOG_LEVEL', 'loud', 'Write one of'],
    ['DR_METRICS_ADDRESS', 'nowhere', 'Write host:port'],
    ['DR_SMTP_URL', 'a-secret-and-no-url', 'Write smtp[s]://'],
  ])('a variable that makes no sense: %s=%s', (name, value, remedy) =>
    expectSaid(world.drWith({ [name]: value }, 'worker'), 2, name, remedy),
  );

  it('a Temporal server that does not answer', () =>
    expectSaid(
      world.drWith({ TEMPORAL_ADDRESS: '127.0.0.1:1' }, 'status'),
      ...([4, 'Temporal at 127.0.0.1:1 does not answer', 'TEMPORAL_ADDRESS'] as const),
    ));
});

describe('validate', { timeout: 120_000 }, () => {
  it('names every wrong thing of both regions at once, each with its place', () =>
    expectSaid(
      world.dr('validate'),
      2,
      `${place}.sync_groups[1].workflow`,
      'no_such_job',
      `${place}.sync_groups[2].tables[2]`,
      looseGold,
      world.stack.file.regions.secondary.host,
    ));

  it('a region that does not answer', async () => {
    const { faults, file } = world.stack;
    faults.set('primary', 'control', { kind: 'outage' });
    const words = [`${place}.workspace_instance_url`, file.regions.primary.host, 'try again'];
    try {
      await expectSaid(world.dr('validate', '--config', fineConfig()), 4, ...words);
    } finally {
      faults.set('primary', 'control', { kind: 'none' });
    }
  });

  it('a token that the region does not know', async () => {
    const wrong = 'dapi-that-nobody-gave';
    const output = await world.drWith({ DATABRICKS_TOKEN_SECONDARY: wrong }, 'validate', '--config', fineConfig());
    expect(said(output)).not.toContain(wrong);
    await expectSaid(Promise.resolve(output), 3, world.stack.file.regions.secondary.host, 'token');
  });
});

describe('a sync that can not be', { timeout: 240_000 }, () => {
  const heldBy = (name: string, code: string) =>
    world.untilStatus(name, code, ({ held, phase }) => held?.code === code && phase === 'idle');

  it('of a job that is not there', async () => {
    const words = ['JOB_NOT_FOUND', '"no_such_job"', world.stack.file.regions.primary.host];
    await expectSaid(world.dr('sync', 'sample_workflow_2', '--wait'), 3, ...words);
    await heldBy('sample_workflow_2', 'JOB_NOT_FOUND');
    await expectSaid(world.dr('status', 'sample_workflow_2'), 0, 'JOB_NOT_FOUND', 'no_such_job', 'Check the name');
  });

  it('of a table that the other region does not have', async () => {
    await world.stack.runJob({ job: 'standalone_load' }).ended;
    await expectSaid(world.dr('sync', 'scheduled_sync', '--wait'), 3, 'TABLE_NOT_FOUND', looseGold);
    await heldBy('scheduled_sync', 'TABLE_NOT_FOUND');
  });

  it('without a right on a table: who, on what, which right; and it goes on when the right is there', async () => {
    const { catalog } = world.stack.regions.primary;
    const select = ['sender', ['SELECT'], { type: 'table', name: silver }] as const;
    await catalog.revoke(...select);
    const { runId, ended } = world.stack.runJob({ job: group });
    await ended;

    const words = ['PERMISSION_DENIED', 'sender', silver, 'SELECT'] as const;
    await expectSaid(world.dr('sync', group, '--wait'), 3, ...words);
    await heldBy(group, 'PERMISSION_DENIED');
    await expectSaid(world.dr('status', group), 0, ...words);

    await catalog.grant(...select);
    await expectSaid(world.dr('resume', group), 0, 'done');
    await world.untilStatus(group, 'the sync', ({ recoveryPoint }) => recoveryPoint?.runId === runId, 120_000);
    expect(await differencesFrom(world.stack, 'secondary', truthOf(world.stack, runId))).toEqual([]);
  });

  it('of a job whose name stands for two', async () => {
    const { jobs } = world.stack.regions.primary;
    const [job] = jobs.listJobs().filter(({ settings }) => settings.name === group);
    if (!job) throw new Error('the sample job is not there');
    const { ended } = world.stack.runJob({ job: group });
    await ended;
    jobs.createJob(job.settings, 'admin');
    await expectSaid(world.dr('sync', group, '--wait'), 3, 'JOB_AMBIGUOUS', `"${group}"`);
    await expectSaid(world.dr('validate'), 2, `${place}.sync_groups[0].workflow`, group);
  });
});
