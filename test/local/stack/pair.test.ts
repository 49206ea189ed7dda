import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkConfigFile } from '../../../src/config/index.js';
import { sampleGroups } from '../../../src/local/stack/layout.js';
import type { Stack } from '../../../src/local/stack/stack.js';
import { startStack } from '../../../src/local/stack/stack.js';
import { contentHash, newestVersion } from '../../../src/local/truth/content-hash.js';
import type { TrueTable } from '../../../src/local/truth/truth-log.js';

const dir = mkdtempSync(join(tmpdir(), 'dr-pair-'));
const silver = 'dr_test_catalog.stage.workflow_1_silver';
const gold = 'dr_test_catalog.main.workflow_1_gold';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ dir, temporal: 'none' });
});
afterAll(async () => {
  await stack.stop();
  expect(stack.problems).toEqual([]);
});

/** Rows by a way that shares nothing with the engine's own look: a query through the SQL engine. */
async function countRows(region: 'primary' | 'secondary', table: string): Promise<number> {
  const result = await stack.regions[region].engine.execute({
    sql: `SELECT count(*) FROM ${table}`,
    principal: 'admin',
    attribution: null,
    statementId: null,
    signal: new AbortController().signal,
  });
  return Number(result.rows[0]?.[0]);
}

const contents = (tables: Readonly<Record<string, TrueTable>> | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(tables ?? {}).map(([name, table]) => [name, table.contentHash]));

async function runSample(job: string, options: object = {}) {
  const run = await stack.runJob({ job, ...options }).ended;
  const truth = stack.truth().find((entry) => entry.runId === run.runId);
  return { run, truth };
}

describe('what the pair says about itself', () => {
  it('holds tokens, so it is for its owner alone', () => {
    expect(statSync(join(dir, 'stack.json')).mode & 0o777).toBe(0o600);
  });

  it('names every table of every group in both regions, and no token twice', () => {
    const { tables, regions } = stack.file;
    const names = new Set<string>(sampleGroups.flatMap((group) => group.tables));
    expect(new Set(Object.keys(tables.primary))).toEqual(names);
    expect(new Set(Object.keys(tables.secondary))).toEqual(names);
    const tokens = [...Object.values(regions.primary.tokens), ...Object.values(regions.secondary.tokens)];
    expect(new Set(tokens).size).toBe(tokens.length);
    expect(regions.primary.tokens).toHaveProperty('sender');
    expect(regions.secondary.tokens).toHaveProperty('receiver');
  });

  it('has a configuration that the product accepts', async () => {
    const { config, findings } = await checkConfigFile(stack.file.config);
    expect(findings).toEqual([]);
    expect(config?.workspaces[0]?.groups.map((group) => group.group)).toEqual([
      'sample_workflow_1',
      'sample_workflow_2',
      'scheduled_sync',
    ]);
  });

  it('writes no token outside stack.json', () => {
    const tokens = Object.values(stack.file.regions.primary.tokens);
    for (const file of ['config.json', 'primary/catalog.json', 'primary/jobs/jobs.json', 'ca.pem']) {
      const text = readFileSync(join(dir, file), 'utf8');
      expect(tokens.filter((token) => text.includes(token))).toEqual([]);
    }
  });

  it('refuses a second pair in the same folder', async () => {
    await expect(startStack({ dir, temporal: 'none' })).rejects.toThrow('runs in');
  });
});

describe('the sample jobs', () => {
  it('have an unpaused schedule in the primary and a paused one in the secondary', () => {
    const status = (region: 'primary' | 'secondary') =>
      stack.regions[region].jobs
        .listJobs()
        .filter((job) => job.settings.name.startsWith('sample_'))
        .map((job) => (job.settings.schedule as { pause_status: string }).pause_status);
    expect(status('primary')).toEqual(['UNPAUSED', 'UNPAUSED']);
    expect(status('secondary')).toEqual(['PAUSED', 'PAUSED']);
  });

  it.each(sampleGroups.map((group) => group.job))('%s changes every one of its tables in every run', async (job) => {
    const first = await runSample(job);
    const second = await runSample(job);
    expect([first.run.state, second.run.state].map((state) => [state.result, state.message])).toEqual([
      ['SUCCESS', ''],
      ['SUCCESS', ''],
    ]);
    for (const [name, before] of Object.entries(first.truth?.tables ?? {})) {
      const after = second.truth?.tables[name];
      expect(after?.version, name).toBeGreaterThan(before.version);
      expect(after?.contentHash, name).not.toBe(before.contentHash);
    }
  });

  it('leave the truth that an independent look finds', async () => {
    const { truth } = await runSample('sample_workflow_1');
    for (const [name, table] of Object.entries(truth?.tables ?? {})) {
      const folder = stack.file.tables.primary[name] ?? '';
      expect(await newestVersion(folder)).toBe(table.version);
      expect(await contentHash(folder, table.version)).toEqual(table);
      expect(await countRows('primary', name)).toBe(table.rows);
    }
    expect(truth?.result).toBe('SUCCESS');
  });

  it('write the same in the secondary as in an undisturbed primary, run for run', async () => {
    for (const job of ['sample_workflow_1', 'sample_workflow_2']) {
      const { truth } = await runSample(job, { region: 'secondary' });
      const first = stack.truth().find((entry) => entry.region === 'primary' && entry.job === job);
      expect(contents(truth?.tables)).toEqual(contents(first?.tables));
      expect(Object.keys(truth?.tables ?? {})).not.toHaveLength(0);
    }
  });

  it('show a half-written silver table while a run is delayed between its statements', async () => {
    const before = await countRows('primary', gold);
    const { runId, ended } = stack.runJob({ job: 'sample_workflow_1', stepDelayMs: 150 });
    const unpriced = async (): Promise<number> => {
      const result = await stack.regions.primary.engine.execute({
        sql: `SELECT count(*) FROM ${silver} WHERE amount IS NULL`,
        principal: 'admin',
        attribution: null,
        statementId: null,
        signal: new AbortController().signal,
      });
      return Number(result.rows[0]?.[0]);
    };
    const deadline = Date.now() + 30_000;
    while ((await unpriced()) === 0 && Date.now() < deadline) await delay(20);
    expect(stack.regions.primary.jobs.run(runId)?.endTime).toBeNull();
    expect(await countRows('primary', gold)).toBe(before);
    expect((await ended).state.result).toBe('SUCCESS');
    expect(await unpriced()).toBe(0);
  });

  it('fail where they are told to, half-way, and the truth says so; the next run makes it good', async () => {
    const earlier = stack.truth().findLast((entry) => entry.job === 'sample_workflow_1' && entry.region === 'primary');
    const { run, truth } = await runSample('sample_workflow_1', { failAt: 'silver' });
    expect(run.state.result).toBe('FAILED');
    expect(truth?.result).toBe('FAILED');
    expect(truth?.tables[silver]?.version).toBeGreaterThan(earlier?.tables[silver]?.version ?? 0);
    expect(truth?.tables[gold]?.version).toBe(earlier?.tables[gold]?.version);
    expect((await runSample('sample_workflow_1')).run.state.result).toBe('SUCCESS');
  });
});

describe('commits of a run', () => {
  const historyOf = async (table: string) => {
    const result = await stack.regions.primary.engine.execute({
      sql: `DESCRIBE HISTORY ${table} LIMIT 1`,
      principal: 'admin',
      attribution: null,
      statementId: null,
      signal: new AbortController().signal,
    });
    const names = result.columns.map((column) => column.name);
    return Object.fromEntries(names.map((name, index) => [name, result.rows[0]?.[index]]));
  };

  it('name their job and run in the history, where a notebook made them', async () => {
    const { run } = await runSample('sample_workflow_1');
    const { job, queryHistoryStatementId } = await historyOf(gold);
    expect(job).toMatchObject({ jobId: run.jobId, jobRunId: run.runId, jobName: 'sample_workflow_1' });
    expect(run.tasks.map((task) => task.runId)).toContain((job as { runId: string }).runId);
    expect(queryHistoryStatementId).toBeNull();
  });

  it('name their statement only, where a SQL task made them; the query history knows the run', async () => {
    const { run } = await runSample('sample_workflow_2');
    const { job, queryHistoryStatementId } = await historyOf('dr_test_catalog.main.workflow_2_summary');
    expect(job).toBeNull();
    const statement = stack.regions.primary.statements.history().find((one) => one.id === queryHistoryStatementId);
    expect(statement?.submission.jobSource).toMatchObject({ jobId: run.jobId, jobRunId: run.runId });
  });

  it('name nothing where attribution is switched off', async () => {
    stack.regions.primary.setAttribution('none');
    await runSample('sample_workflow_1');
    stack.regions.primary.setAttribution('history');
    expect(await historyOf(gold)).toMatchObject({ job: null, queryHistoryStatementId: null });
  });
});
