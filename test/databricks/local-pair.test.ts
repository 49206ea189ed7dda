/** The whole way of a table through this folder, against a region pair that answers as Databricks does. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StatementState, Statements, Workspace } from '../../src/databricks/api.js';
import { atPath, named } from '../../src/databricks/identifiers.js';
import { endOf } from '../../src/databricks/job-runs.js';
import { insertLedgerStatement } from '../../src/databricks/ledger-statements.js';
import { cloneStatement, retentionOf, retentionOfHours, vacuumStatement } from '../../src/databricks/statements.js';
import type { TableCommit } from '../../src/domain/commits.js';
import type { LedgerRow } from '../../src/domain/ledger.js';
import { missingEvents } from '../../src/domain/ledger-copy.js';
import { Secret } from '../../src/domain/secret.js';
import { stampOf } from '../../src/domain/stamp.js';
import type { Stack } from '../../src/local/stack/stack.js';
import { startStack } from '../../src/local/stack/stack.js';
import { failureOf } from './support/failures.js';
import { connectTo, until } from './support/pair.js';

const table = 'dr_test_catalog.raw.workflow_1_bronze';
const jobName = 'sample_workflow_1';
const staging = 'abfss://dr-sync@secondarysync.dfs.core.windows.net/ws/dr_test_catalog/raw/workflow_1_bronze';
const ledgerLocation = 'abfss://dr-sync@secondarysync.dfs.core.windows.net/sync_ledger';

let dir: string;
let stack: Stack;
let primary: Workspace;
let secondary: Workspace;
let runId: string;

const ended = (statements: Statements, id: string): Promise<StatementState> =>
  until(async () => {
    const state = await statements.get(id);
    return state.state === 'pending' || state.state === 'running' ? null : state;
  });

async function run(
  statements: Statements,
  sql: string,
  tags: Readonly<Record<string, string>> = {},
): Promise<StatementState> {
  return ended(statements, await statements.submit({ sql, tags }));
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'databricks-'));
  stack = await startStack({ dir, temporal: 'none' });
  primary = connectTo(stack, 'primary');
  secondary = connectTo(stack, 'secondary');
  const started = stack.runJob({ job: jobName });
  runId = started.runId;
  await started.ended;
  await until(async () => ((await primary.warehouse.ensureRunning()) === 'running' ? true : null));
  await until(async () => ((await secondary.warehouse.ensureRunning()) === 'running' ? true : null));
});

afterAll(async () => {
  await primary.close();
  await secondary.close();
  await stack.stop();
  rmSync(dir, { recursive: true, force: true });
});

describe('a region of the local pair', () => {
  it('tells the job, its settings and its finished run', async () => {
    const job = await primary.jobs.findJob(jobName.toUpperCase());
    expect(job.settings.schedule).toMatchObject({ pause_status: 'UNPAUSED' });
    const [latest] = await primary.jobs.listRuns(job.jobId);
    expect(latest?.runId).toBe(runId);
    expect(latest?.segments.at(-1)?.result).toBe('SUCCESS');
    expect(latest?.taskRunIds.length).toBeGreaterThan(0);
    expect(await primary.jobs.hasActiveRun(job.jobId)).toBe(false);
    expect(
      await primary.jobs.listRuns(job.jobId, { endedSince: (latest && endOf(latest) ? (endOf(latest) ?? 0) : 0) + 1 }),
    ).toEqual([]);
  });

  it('takes a changed schedule and gives it back', async () => {
    const job = await secondary.jobs.findJob(jobName);
    const before = job.settings.schedule;
    await secondary.jobs.updateSettings(job.jobId, {
      schedule: { ...before, pause_status: 'UNPAUSED' },
      maxConcurrentRuns: 0,
    });
    expect(await secondary.jobs.getSettings(job.jobId)).toMatchObject({
      maxConcurrentRuns: 0,
      schedule: { ...before, pause_status: 'UNPAUSED' },
    });
    await secondary.jobs.updateSettings(job.jobId, {
      ...(before === null ? {} : { schedule: before }),
      maxConcurrentRuns: 1,
    });
    expect(await secondary.jobs.getSettings(job.jobId)).toEqual(job.settings);
  });

  it('registers tables and external locations', async () => {
    expect(await primary.catalog.getTable(table)).toMatchObject({
      tableType: 'MANAGED',
      dataSourceFormat: 'DELTA',
      hasRowFilter: false,
    });
    expect((await primary.catalog.listExternalLocations()).map((one) => one.url)).toContain(
      'abfss://dr-sync@secondarysync.dfs.core.windows.net',
    );
    expect((await failureOf(primary.catalog.getTable('dr_test_catalog.raw.nope'))).code).toBe('TABLE_NOT_FOUND');
  });

  it('attributes commits to the run that made them', async () => {
    const commits = await primary.tables('send').history(named(table), { aboveVersion: 0 });
    expect(commits.some((commit: TableCommit) => commit.job?.jobRunId === runId)).toBe(true);
    expect(await primary.tables('send').columns(named(table))).not.toEqual([]);
  });

  it('refuses what a principal has no right to, naming it', async () => {
    const failure = await failureOf(
      primary.sql('jobs').query(`VACUUM \`dr_test_catalog\`.\`raw\`.\`workflow_1_bronze\` RETAIN 900 HOURS`),
    );
    expect(failure.code).toBe('PERMISSION_DENIED');
  });

  it('refuses an unknown token', async () => {
    const stranger = connectTo(stack, 'primary', {
      bootstrap: null,
      fallbackSecret: () => new Secret('no-such-token'),
    });
    expect((await failureOf(stranger.jobs.findJob(jobName))).code).toBe('AUTH_FAILED');
    expect((await failureOf(stranger.sql('send').query('SELECT 1 AS one'))).code).toBe('AUTH_FAILED');
    await stranger.close();
  });
});

describe('the way of a table to the other region', () => {
  const tags = { dr_group: 'g', dr_sync: 's1', dr_table: table, dr_hop: 'send', dr_version: '1', dr_epoch: '1' };

  it('is sent, received and stamped; the clone outlives the one who submitted it', async () => {
    const source = await primary.tables('send').detail(named(table));
    const [newest] = await primary.tables('send').history(named(table), { limit: 1 });
    const version = newest?.version ?? -1;
    const stamp = { sourceTableId: source.id, sourceVersion: version, syncId: 's1', epoch: 1, controller: 'c1' };

    const before = Date.now() - 60_000;
    const send = cloneStatement({
      source: named(table),
      version,
      target: atPath(staging),
      stamp,
      retention: retentionOfHours(14 * 24),
      location: null,
    });
    const sent = await run(primary.statements('send'), send, tags);
    expect(sent.state).toBe('succeeded');
    expect(sent.state === 'succeeded' && Number(sent.rows[0]?.num_copied_files)).toBeGreaterThan(0);

    // A second worker that knows the tags alone finds the statement.
    const other = connectTo(stack, 'primary');
    const found = await until(
      async () => (await other.statements('send').findByTags(tags, { sinceMs: before })).at(0) ?? null,
    );
    expect(found).toMatchObject({ live: false, tags });
    expect((await other.statements('send').get(found.statementId)).state).toBe('succeeded');
    expect(await other.statements('send').findByTags({ ...tags, dr_version: '2' }, { sinceMs: before })).toEqual([]);
    expect(await other.statements('send').listLive({ dr_group: 'g' })).toEqual([]);
    await other.close();

    const stagedDetail = await secondary.tables('receive').detail(atPath(staging));
    expect(stampOf(stagedDetail.properties)).toEqual(stamp);
    const [staged] = await secondary.tables('receive').history(atPath(staging), { limit: 1 });
    expect(await secondary.tables('receive').columns(atPath(staging))).toEqual(
      await primary.tables('send').columns(named(table)),
    );
    const receive = cloneStatement({
      source: atPath(staging),
      version: staged?.version ?? -1,
      target: named(table),
      stamp,
      retention: retentionOf(source.properties),
      location: null,
    });
    expect((await run(secondary.statements('receive'), receive)).state).toBe('succeeded');

    expect(stampOf((await secondary.tables('receive').detail(named(table))).properties)).toEqual(stamp);
    expect(await secondary.tables('receive').rowCount(named(table))).toBe(
      await primary.tables('send').rowCount(named(table), version),
    );
    expect(await secondary.tables('receive').columns(named(table))).toEqual(
      await primary.tables('send').columns(named(table)),
    );
    expect((await run(primary.statements('send'), vacuumStatement(atPath(staging), 14 * 24))).state).toBe('succeeded');
  });

  it('fails with a code where the version is gone or the target may not be written', async () => {
    const stamp = { sourceTableId: 'x', sourceVersion: 1, syncId: 's2', epoch: 1, controller: 'c1' };
    const clone = {
      source: named(table),
      version: 4000,
      target: atPath(`${staging}_x`),
      stamp,
      retention: retentionOfHours(10),
      location: null,
    };
    const gone = await run(primary.statements('send'), cloneStatement(clone));
    expect(gone.state === 'failed' && gone.error.code).toBe('VERSION_EXPIRED');
    const elsewhere = { ...clone, version: 0, target: atPath('abfss://nowhere@unknown.dfs.core.windows.net/x') };
    const refused = await run(primary.statements('send'), cloneStatement(elsewhere));
    expect(refused.state === 'failed' && refused.error.code).toBe('LOCATION_NOT_FOUND');
    const asJobs = await run(primary.statements('jobs'), cloneStatement({ ...clone, version: 0 }));
    expect(asJobs.state === 'failed' && asJobs.error.code).toBe('PERMISSION_DENIED');
  });
});

describe('the ledger in the target region', () => {
  const row: LedgerRow = {
    eventId: 'e1',
    recordedAt: 1_700_000_000_123,
    epoch: 1,
    controller: 'c1',
    workspaceName: 'ws',
    groupName: "group'; DROP",
    direction: 'forward',
    syncId: 's1',
    event: 'sent',
    runId: '1018446744073709551',
    repairId: null,
    runEndTime: 1_700_000_000_000,
    tableName: null,
    tableId: null,
    sourceVersion: null,
    stagingVersion: null,
    targetVersionBefore: null,
    targetVersion: null,
    hop: null,
    sourceBytes: 5_000_000_000_000,
    copiedBytes: null,
    copiedFiles: null,
    removedFiles: null,
    durationMs: 7,
    specHash: 'h',
    errorCode: null,
    errorMessage: 'quote \' and \\ and "\n',
    detail: JSON.stringify({ manifest: [{ table: 'ünï' }] }),
  };

  it('says that it is not there yet', async () => {
    expect((await failureOf(secondary.ledger(ledgerLocation, 'receive').read({}))).code).toBe('TABLE_NOT_FOUND');
  });

  it('restartable: keeps every event once, exactly as it was written', async () => {
    const ledger = secondary.ledger(ledgerLocation, 'receive', { dr_group: 'g' });
    await ledger.create();
    await ledger.create();
    const table1: LedgerRow = { ...row, tableName: 'a.b.c', hop: 'send', sourceVersion: 3 };
    await ledger.append([row, table1]);
    await ledger.append([row, table1]);
    await ledger.append([{ ...row, eventId: 'e2', event: 'published', recordedAt: row.recordedAt + 1 }]);
    const all = await ledger.read({ workspace: 'ws', group: row.groupName });
    expect(all[0]).toEqual({ ...row, eventId: 'e2', event: 'published', recordedAt: row.recordedAt + 1 });
    expect(new Set(all.slice(1))).toEqual(new Set([row, table1]));
    expect(await ledger.read({ group: row.groupName, events: ['sent'], groupRowsOnly: true })).toEqual([row]);
    expect(await ledger.read({ group: 'other' })).toEqual([]);
  });

  it('lists and gives what is to be copied to the other ledger: events of a time, oldest first', async () => {
    const ledger = secondary.ledger(ledgerLocation, 'receive');
    const of = { workspace: 'ws', group: row.groupName };
    const [first, second] = [
      { eventId: 'e1', recordedAt: row.recordedAt },
      { eventId: 'e2', recordedAt: row.recordedAt + 1 },
    ];
    expect(await ledger.list({ ...of, since: 0, limit: 10 })).toEqual([first, second]);
    expect(await ledger.list({ ...of, since: 0, limit: 1 })).toEqual([first]);
    expect(await ledger.list({ ...of, since: row.recordedAt + 1, limit: 10 })).toEqual([second]);
    expect(await ledger.list({ ...of, group: 'other', since: 0, limit: 10 })).toEqual([]);
    expect(await ledger.known(['e2', 'e3', 'e1'])).toEqual(new Set(['e1', 'e2']));
    expect(await ledger.read({ ...of, recordedAt: [row.recordedAt] })).toHaveLength(2);
    expect(await ledger.read({ ...of, recordedAt: [row.recordedAt + 1, 5] })).toHaveLength(1);
    expect(await ledger.read({ ...of, direction: 'reverse' })).toEqual([]);
  });

  it('restartable: two writers that append the same event at once leave it twice, and readers are told it once', async () => {
    const ledger = secondary.ledger(ledgerLocation, 'receive');
    const raced: LedgerRow = { ...row, eventId: 'raced', groupName: 'races' };
    const blind = insertLedgerStatement(ledgerLocation, [raced]);
    await Promise.all([1, 2].map(() => secondary.sql('receive').query(blind.sql, blind.parameters)));
    const stored = await secondary
      .sql('receive')
      .query(`SELECT event_id FROM delta.\`${ledgerLocation}\` WHERE event_id = 'raced'`);
    expect(stored).toHaveLength(2);
    expect(await ledger.read({ group: 'races' })).toEqual([raced]);
    const listed = await ledger.list({ workspace: 'ws', group: 'races', since: 0, limit: 10 });
    expect(missingEvents(listed, new Set())).toEqual([{ eventId: 'raced', recordedAt: row.recordedAt }]);
    await ledger.append([raced]);
    expect(await ledger.list({ workspace: 'ws', group: 'races', since: 0, limit: 10 })).toHaveLength(2);
  });
});

describe('a region that is away', () => {
  it('is told apart: warehouse, control plane', async () => {
    const job = await primary.jobs.findJob(jobName);
    stack.faults.set('primary', 'warehouse', { kind: 'outage' });
    expect((await failureOf(primary.sql('send').query('SELECT 1 AS one'))).code).toBe('WAREHOUSE_UNAVAILABLE');
    expect(await primary.jobs.hasActiveRun(job.jobId)).toBe(false);
    stack.faults.set('primary', 'warehouse', { kind: 'none' });

    stack.faults.set('primary', 'control', { kind: 'outage' });
    expect((await failureOf(primary.jobs.hasActiveRun(job.jobId))).code).toBe('REGION_UNREACHABLE');
    expect(await primary.sql('send').query('SELECT 1 AS one')).toHaveLength(1);
    stack.faults.set('primary', 'control', { kind: 'none' });
    expect(await primary.jobs.hasActiveRun(job.jobId)).toBe(false);
  });
});
