/** What a cut is decided by, gathered from a region that changes while it is read. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tables, Workspace } from '../../src/databricks/api.js';
import { listRuns, readCutFacts, readTableFacts } from '../../src/databricks/cut-facts.js';
import { endOf } from '../../src/databricks/job-runs.js';
import type { TableBase } from '../../src/domain/cut/index.js';
import { warehouses } from '../../src/local/stack/layout.js';
import type { Stack } from '../../src/local/stack/stack.js';
import { startStack } from '../../src/local/stack/stack.js';
import { connectTo, until } from './support/pair.js';

const job = 'standalone_load';
const [raw, silver] = ['dr_test_catalog.raw.raw_data', 'dr_test_catalog.stage.silver_data'] as const;
const scratch = 'dr_test_catalog.raw.scratch';

let dir: string;
let stack: Stack;
let primary: Workspace;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'cut-facts-'));
  stack = await startStack({ dir, temporal: 'none' });
  primary = connectTo(stack, 'primary');
  // Grants on a table are dropped with it.
  const schema = { type: 'schema', name: 'dr_test_catalog.raw' } as const;
  for (const role of ['sender', 'jobs']) await stack.regions.primary.catalog.grant(role, ['SELECT'], schema);
  await until(async () => ((await primary.warehouse.ensureRunning()) === 'running' ? true : null));
});

afterAll(async () => {
  await primary.close();
  await stack.stop();
  rmSync(dir, { recursive: true, force: true });
});

const sql = (text: string) =>
  stack.regions.primary.engine.execute({
    sql: text,
    principal: 'admin',
    attribution: null,
    statementId: null,
    signal: new AbortController().signal,
  });

async function onWarehouse(text: string, source: { readonly editorQueryId?: string }): Promise<void> {
  const { statements, warehouses: known } = stack.regions.primary;
  const warehouse = known.get(warehouses.primary.jobs);
  if (!warehouse) throw new Error('the local pair lacks its warehouse for people');
  const submitted = statements.submit({ sql: text, warehouse, principal: 'admin', ...source });
  await submitted.done;
  expect(submitted.state, String(submitted.error)).toBe('SUCCEEDED');
}

const jobRun = async (): Promise<string> => {
  const { runId, ended } = stack.runJob({ job });
  await ended;
  return runId;
};

const order = (tables: readonly string[], settled: Readonly<Record<string, TableBase>> = {}) => ({
  workspace: primary,
  tables,
  settled,
  parallel: 2,
});

describe('who wrote a commit that names no job', () => {
  it('is a job where the query history tells it, a person where that was the SQL editor, else nobody knows who', async () => {
    stack.regions.primary.setAttribution('query-history');
    const runId = await jobRun();
    stack.regions.primary.setAttribution('history');
    await onWarehouse(`DELETE FROM ${silver} WHERE id % 4 = 1`, { editorQueryId: randomUUID() });
    // A task may connect to a warehouse by itself: the query history then tells of no job, and of no person.
    await onWarehouse(`DELETE FROM ${silver} WHERE id % 4 = 2`, {});
    await sql(`DELETE FROM ${silver} WHERE id % 4 = 3`);
    // The query history lags behind.
    stack.clock.advance(2_000);
    const { tables } = await readTableFacts(order([silver]));
    const [onCluster, connected, edited, ofJob] = tables[0]?.source.history ?? [];
    expect(onCluster).toMatchObject({ job: null, statementId: null });
    expect(connected).toMatchObject({ job: null });
    expect([onCluster?.byHand, connected?.byHand]).toEqual([undefined, undefined]);
    expect(edited).toMatchObject({ job: null, byHand: true });
    expect(ofJob).toMatchObject({ job: { jobRunId: runId } });
  });
});

describe('atomic: a table that is dropped and created anew while it is read', () => {
  /** Changes the table after so many of its histories were read. */
  const changingAfter = (histories: number, change: () => Promise<unknown>): Workspace => {
    let read = 0;
    return {
      ...primary,
      tables(role) {
        const tables: Tables = primary.tables(role);
        return {
          ...tables,
          async history(table, options) {
            const history = await tables.history(table, options);
            read += 1;
            if (read === histories) await change();
            return history;
          },
        };
      },
    };
  };
  const create = async (...commits: readonly string[]): Promise<void> => {
    await sql(`CREATE TABLE ${scratch} (id BIGINT)`);
    for (const commit of commits) await sql(commit);
  };
  const insert = `INSERT INTO ${scratch} VALUES (1)`;
  const recreate = async (...commits: readonly string[]): Promise<void> => {
    await sql(`DROP TABLE ${scratch}`);
    await create(...commits);
  };
  const idAndVersions = async (workspace: Workspace, settled: Readonly<Record<string, TableBase>> = {}) => {
    const { tables } = await readTableFacts({ ...order([scratch], settled), workspace });
    const { id } = await primary.tables('send').detail({ kind: 'name', name: scratch });
    return {
      isNew: tables[0]?.detail.id === id,
      versions: tables[0]?.source.history.map(({ version, operation }) => `${version} ${operation}`),
    };
  };

  it.each([
    ['before the published id is compared', 1, true],
    ['while the whole history is read', 1, false],
    ['twice', 2, true],
  ])('is told with its own history, %s', async (_, histories, published) => {
    await sql(`DROP TABLE IF EXISTS ${scratch}`);
    await create(insert, insert, insert);
    const { id } = await primary.tables('send').detail({ kind: 'name', name: scratch });
    const base = { [scratch]: { tableId: id, version: 2, asOf: Date.now(), staged: true } };
    const changing = changingAfter(histories, () => recreate(insert));
    if (histories === 2) await recreate(insert, insert);
    expect(await idAndVersions(changing, published ? base : {})).toEqual({
      isNew: true,
      versions: ['1 WRITE', '0 CREATE TABLE'],
    });
  });

  it('that does not exist is named, and the others are read', async () => {
    await sql(`DROP TABLE IF EXISTS ${scratch}`);
    const { tables, missing } = await readTableFacts(order([scratch, silver]));
    expect(tables.map(({ source }) => source.name)).toEqual([silver]);
    expect(missing).toMatchObject([{ name: scratch, failure: { code: 'TABLE_NOT_FOUND' } }]);
  });
});

describe('an old run that is repaired after many newer ones', () => {
  it('lies too deep in the list, and is asked for because a commit names it', async () => {
    const { jobs, clock } = { jobs: stack.regions.primary.jobs, clock: stack.clock };
    const { jobId } = await primary.jobs.findJob(job);
    const { runId: old, ended } = stack.runJob({ job, failAt: 'load' });
    await ended;
    jobs.updateJob(jobId, { max_concurrent_runs: 0 }, []);
    for (let skipped = 0; skipped < 80; skipped += 1) stack.runJob({ job });
    jobs.updateJob(jobId, { max_concurrent_runs: 1 }, []);
    clock.advance(120_000);
    const newest = await jobRun();
    jobs.repairRun({ runId: old, rerunAllFailedTasks: true });
    await jobs.whenEnded(old);

    // A worker that never saw it active.
    const workspace = connectTo(stack, 'primary');
    const endedSince = (endOf(await workspace.jobs.getRun(newest)) ?? 0) - 60_000;
    const listing = { jobId, endedSince, runIds: [] };
    expect((await listRuns(workspace.jobs, listing)).map((run) => run.runId)).toEqual([newest]);
    const { runs } = await readCutFacts({ ...order([raw]), ...listing, workspace });
    expect(runs.map((run) => run.runId)).toEqual([old, newest]);
    await workspace.close();
  });
});
