import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Region } from '../../../src/domain/region.js';
import { containerUri, sampleGroups } from '../../../src/local/stack/layout.js';
import type { Stack } from '../../../src/local/stack/stack.js';
import { startStack } from '../../../src/local/stack/stack.js';

const tables: readonly string[] = sampleGroups.flatMap((group) => group.tables);
const readings = 'dr_test_catalog.raw.workflow_2_readings';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ dir: mkdtempSync(join(tmpdir(), 'dr-rights-')), temporal: 'none' });
  for (const { job } of sampleGroups) await stack.runJob({ job }).ended;
});
afterAll(async () => {
  await stack.stop();
});

const execute = (region: Region, principal: string, sql: string) =>
  stack.regions[region].engine.execute({
    sql,
    principal,
    attribution: null,
    statementId: null,
    signal: new AbortController().signal,
  });

const stagingOf = (region: Region, table: string): string =>
  `delta.\`${containerUri(region, 'sync')}/workspace/${table.replaceAll('.', '/')}\``;

async function cloneAll(from: Region, to: Region, sender: string, receiver: string): Promise<void> {
  for (const table of tables) {
    await execute(from, sender, `CREATE OR REPLACE TABLE ${stagingOf(to, table)} DEEP CLONE ${table}`);
    const registered = stack.regions[to].catalog.table(table);
    const location = registered?.tableType === 'EXTERNAL' ? ` LOCATION '${registered.storageLocation}'` : '';
    await execute(to, receiver, `CREATE OR REPLACE TABLE ${table} DEEP CLONE ${stagingOf(to, table)}${location}`);
  }
}

describe('sender and receiver can do their part, all tables and both directions', () => {
  it('forward', async () => {
    await cloneAll('primary', 'secondary', 'sender', 'receiver');
    const rows = await execute('secondary', 'receiver', `SELECT count(*) FROM ${readings}`);
    expect(Number(rows.rows[0]?.[0])).toBe(150);
  });

  it('reverse', async () => {
    await cloneAll('secondary', 'primary', 'reverse_sender', 'reverse_receiver');
  });

  it('keep a ledger at both ends', async () => {
    const ledger = (region: Region) => `delta.\`${containerUri(region, 'sync')}/sync_ledger\``;
    const cases = [
      ['primary', 'sender', 'primary'],
      ['primary', 'sender', 'secondary'],
      ['primary', 'reverse_receiver', 'primary'],
      ['secondary', 'receiver', 'secondary'],
      ['secondary', 'reverse_sender', 'primary'],
    ] as const;
    for (const [region, principal, where] of cases) {
      await execute(region, principal, `CREATE TABLE IF NOT EXISTS ${ledger(where)} (event STRING) USING DELTA`);
      await execute(region, principal, `INSERT INTO ${ledger(where)} VALUES ('${principal}')`);
      await execute(region, principal, `SELECT * FROM ${ledger(where)}`);
    }
  });
});

describe('and no more', () => {
  it.each([
    ['primary', 'sender', `DELETE FROM ${readings}`],
    ['primary', 'sender', `CREATE OR REPLACE TABLE ${readings} DEEP CLONE ${stagingOf('primary', readings)}`],
    ['secondary', 'receiver', `CREATE TABLE ${stagingOf('primary', 'a.b.c')} DEEP CLONE ${readings}`],
    ['secondary', 'receiver', `SELECT * FROM ${stagingOf('primary', readings)}`],
    ['primary', 'jobs', `DELETE FROM ${readings}`],
    ['primary', 'jobs', `CREATE TABLE ${stagingOf('secondary', 'a.b.d')} DEEP CLONE ${readings}`],
    ['primary', 'bootstrap', `SELECT * FROM ${readings}`],
  ] as const)('in the %s %s may not %s', async (region, principal, sql) => {
    await expect(execute(region, principal, sql)).rejects.toThrow(
      /INSUFFICIENT_PERMISSIONS|NO_PARENT_EXTERNAL_LOCATION/,
    );
  });

  it('no token of one region opens the other', async () => {
    const { primary, secondary } = stack.file.regions;
    expect(Object.keys(primary.tokens).toSorted((a, b) => a.localeCompare(b))).not.toEqual([]);
    expect(Object.values(primary.tokens).filter((token) => Object.values(secondary.tokens).includes(token))).toEqual(
      [],
    );
  });
});

it('a sender in a healthy region meets the outage of the storage it sends to', async () => {
  stack.faults.set('secondary', 'storage', { kind: 'outage' });
  const send = execute(
    'primary',
    'sender',
    `CREATE OR REPLACE TABLE ${stagingOf('secondary', readings)} DEEP CLONE ${readings}`,
  );
  await expect(send).rejects.toThrow('secondary region is unreachable');
  stack.faults.set('secondary', 'storage', { kind: 'none' });
});
