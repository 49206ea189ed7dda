import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askJudge, judgesPython } from '../../support/judges.js';
import { firstRunId, iterationCount, tinyJobs } from './tiny-jobs.js';
import type { TinyRegion } from './tiny-region.js';
import { adminToken, startTinyRegion, warehouseId } from './tiny-region.js';

const python = judgesPython();

describe.skipIf(python === null)("Databricks' own Python clients (need `npm run judges`)", () => {
  let region: TinyRegion;
  let folder: string;
  let seen: Record<string, unknown>;

  beforeAll(async () => {
    region = await startTinyRegion({ jobs: tinyJobs });
    folder = await mkdtemp(join(tmpdir(), 'dr-python-'));
    const caFile = join(folder, 'ca.pem');
    await writeFile(caFile, region.tls.caPem);
    const given = {
      port: region.server.port,
      httpPath: `/sql/1.0/warehouses/${warehouseId}`,
      warehouseId,
      token: adminToken,
      caFile,
    };
    const script = fileURLToPath(new URL('python-clients.py', import.meta.url));
    const env = { PATH: process.env.PATH, HOME: folder, REQUESTS_CA_BUNDLE: caFile };
    seen = (await askJudge(python, script, given, env)) as Record<string, unknown>;
  }, 120_000);

  afterAll(async () => {
    await region?.server.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('read every type through the warehouse', () => {
    const [values, nulls] = seen.types as [(string | null)[], (string | null)[]];
    expect(values.slice(0, 8)).toEqual(['True', '7', '42', '9007199254740993', '0.5', '12.30', 'Straße', '2026-01-31']);
    expect(values[8]).toContain('2026-01-31 12:00:00.123456');
    expect(nulls.every((value) => value === null)).toBe(true);
    expect(seen).toMatchObject({ rows: true, parameter: 'x', ddl: 0, catalogs: ['main'] });
    expect(seen.error).toContain('[TABLE_OR_VIEW_NOT_FOUND]');
  });

  test('run statements and find them in the query history', () => {
    expect(seen.statement).toMatchObject({ state: 'SUCCEEDED' });
    expect(seen.failed).toEqual([true, expect.stringContaining('[TABLE_OR_VIEW_NOT_FOUND]')]);
    expect(seen.history).toEqual(['SELECT nope', 'SELECT nope']);
    expect(seen.warehouses).toEqual([`/sql/1.0/warehouses/${warehouseId}`]);
  });

  test('read catalog, secrets and the caller', () => {
    expect(seen).toMatchObject({
      me: 'admin@example.com',
      table: 'abfss://managed@primary/orders',
      exists: false,
      secret: Buffer.from('the-secret').toString('base64'),
      locations: ['abfss://sync@secondary'],
    });
  });

  test('page through runs, ids intact', () => {
    // JSON.parse rounds the ids here; that they differ from each other shows on the Python side.
    expect(seen.runs).toHaveLength(60);
    expect((seen.runs as number[])[0]).toBe(Number(firstRunId + 59n));
  });

  test('page through the iterations of a for_each task', () => {
    expect(seen.iterations).toHaveLength(iterationCount);
    expect(new Set(seen.iterations as number[]).size).toBeGreaterThan(1);
    expect(seen.failedIterations).toBe(1);
  });

  test('get a token by OAuth M2M, and are told what right is missing', () => {
    expect(seen.oauth).toBe('reader@example.com');
    expect(seen.denied).toEqual(['PERMISSION_DENIED', expect.stringContaining('CAN_USE')]);
  });
});
