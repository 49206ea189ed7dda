import { once } from 'node:events';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterEach, expect, it } from 'vitest';
import { until } from '../../../demo/until.js';
import { findTemporalCli } from '../../../src/local/temporal/cli.js';
import type { TemporalDevServer } from '../../../src/local/temporal/dev-server.js';
import { startTemporalDevServer } from '../../../src/local/temporal/dev-server.js';
import { endLeftoverServer } from '../../../src/local/temporal/leftover-server.js';

const dir = mkdtempSync(join(tmpdir(), 'dr-temporal-'));
const databaseFile = join(dir, 'temporal.db');
const cli = findTemporalCli(undefined);
let server: TemporalDevServer | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

it('a dev server knows the search attributes of the product as soon as it is said to be ready', async () => {
  server = await startTemporalDevServer({ cli });
  const connection = await Connection.connect({ address: server.address });
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: server.namespace });
  expect(Object.keys(customAttributes ?? {})).toEqual(
    expect.arrayContaining(['DrWorkspace', 'DrGroup', 'DrState', 'DrActiveRegion', 'DrLastRunId', 'DrRecoveryPoint']),
  );
  await connection.close();
  expect((await fetch(server.uiUrl)).ok).toBe(true);
});

it('one whose port is taken by then starts at another', async () => {
  const taker = createServer().listen(0, '127.0.0.1');
  await once(taker, 'listening');
  const { port } = taker.address() as AddressInfo;
  server = await startTemporalDevServer({ cli, port });
  expect(server.address).not.toBe(`127.0.0.1:${port}`);
  const connection = await Connection.connect({ address: server.address });
  await connection.close();
  taker.close();
});

it('one that a killed pair left behind is ended before its database is opened again', async () => {
  const pidFile = join(dir, 'temporal.pid');
  const leftover = await startTemporalDevServer({ cli, databaseFile, pidFile });
  await endLeftoverServer(pidFile, databaseFile);
  expect(existsSync(pidFile)).toBe(false);
  await expect(Connection.connect({ address: leftover.address, connectTimeout: '1s' })).rejects.toThrow();
  server = await startTemporalDevServer({ cli, databaseFile });
});

it('one that is killed and started again answers at the same address and still knows what it knew', async () => {
  const kept = join(dir, 'kept.db');
  server = await startTemporalDevServer({ cli, databaseFile: kept });
  const connection = await Connection.connect({ address: server.address });
  const client = new Client({ connection });
  const { workflowId } = await client.workflow.start('anything', { workflowId: 'kept', taskQueue: 'nobody' });
  await server.killAndRestart();
  const description = await until('an answer', () =>
    client.workflow
      .getHandle(workflowId)
      .describe()
      .catch(() => null),
  );
  expect(description.status.name).toBe('RUNNING');
  await connection.close();
});

it('one without a database is not started again: everything that it knew would be gone', async () => {
  server = await startTemporalDevServer({ cli });
  await expect(server.killAndRestart()).rejects.toThrow('database file');
});

it('a process that merely has the same id is left alone', async () => {
  const pidFile = join(dir, 'other.pid');
  writeFileSync(pidFile, String(process.pid));
  await endLeftoverServer(pidFile, databaseFile);
  expect(process.exitCode).toBeUndefined();
});

it('a server that can not start says why', async () => {
  await expect(
    startTemporalDevServer({ cli, databaseFile: join(dir, 'no', 'such', 'folder', 'x.db') }),
  ).rejects.toThrow(/did not get ready/);
  await expect(startTemporalDevServer({ cli: join(dir, 'nothing') })).rejects.toThrow(/could not be started/);
});

it('a CLI that is named and does not exist is told by its name', () => {
  expect(() => findTemporalCli('/no/such/temporal')).toThrow('TEMPORAL_CLI_PATH names /no/such/temporal');
});
