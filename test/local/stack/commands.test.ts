import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Io } from '../../../src/client/io.js';
import { run } from '../../../src/client/run.js';
import type { TrueRun } from '../../../src/local/truth/truth-log.js';

const dir = mkdtempSync(join(tmpdir(), 'dr-commands-'));
/** Runs a `local` command; the pair itself is a process of its own, as a user has it in another terminal. */
async function local(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const io: Io = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    columns: 200,
    interactive: false,
    ask: async () => '',
    variables: {},
    interrupted: new AbortController().signal,
    now: Date.now,
  };
  const code = await run(['local', ...args], io);
  return { code, out, err };
}

const here = ['--dir', dir];
let up: ReturnType<typeof spawn>;
let printed = '';

beforeAll(async () => {
  const program = ['--import', 'tsx', 'src/bin/lakehouse-dr.ts', 'local', 'up', '--no-temporal', ...here];
  up = spawn(process.execPath, program, { stdio: ['ignore', 'pipe', 'inherit'] });
  up.stdout?.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const deadline = Date.now() + 110_000;
  while (!existsSync(join(dir, 'stack.json')) && up.exitCode === null && Date.now() < deadline) await delay(50);
});
afterAll(() => {
  up.kill('SIGKILL');
});

describe('run-job', () => {
  it('prints the id of the run and, told to wait, exits 0 after a success', async () => {
    const { code, out } = await local('run-job', 'standalone_load', '--wait', ...here);
    expect(code).toBe(0);
    expect(out).toMatch(/^\d{18}\n$/);
  });

  it('exits 1 when the run it waited for did not succeed, and says how it ended', async () => {
    const { code, err } = await local('run-job', 'standalone_load', '--wait', '--fail-at', 'load', ...here);
    expect(code).toBe(1);
    expect(err).toContain('ended FAILED');
  });

  it('returns at once without --wait', async () => {
    const { code, out } = await local('run-job', 'sample_workflow_2', '--step-delay', '600000', ...here);
    expect(code).toBe(0);
    expect(out).toMatch(/^\d{18}\n$/);
  });

  it.each([
    [['run-job', 'nope'], /no job 'nope'. Its jobs are: sample_workflow_1/],
    [['run-job', 'standalone_load', '--fail-at', 'nope'], /no task 'nope'. Its tasks are: load/],
    [['run-job', 'standalone_load', '--step-delay', 'soon'], /whole number/],
    [['fault', 'quake', '--region', 'primary'], /outage \| hang \| latency MS/],
    [['fault', 'latency', '--region', 'primary'], /milliseconds/],
    [['fault', 'http', '503', '2', '--region', 'primary'], /rate from 0 to 1/],
    [['fault', 'orphan', '--region', 'primary', '--part', 'storage'], /on the warehouse, not on storage/],
    [['fault', 'outage', '--region', 'north'], /primary, secondary/],
    [['fault', 'outage'], /--region/],
  ])('%j is refused as bad usage, saying what would be right', async (args, message) => {
    const { code, err } = await local(...args, ...here);
    expect(code).toBe(2);
    expect(err.replace(/\s+/g, ' ')).toMatch(message);
  });
});

it('faults are switched and lifted, and every command answers while the region is dark', async () => {
  expect((await local('fault', 'outage', '--region', 'primary', ...here)).code).toBe(0);
  const refused = await local('run-job', 'standalone_load', ...here);
  expect(refused.code).toBe(3);
  expect(refused.err).toContain('is down');
  expect((await local('truth', ...here)).code).toBe(0);
  expect((await local('fault', 'none', '--region', 'primary', ...here)).code).toBe(0);
  expect((await local('run-job', 'standalone_load', '--wait', ...here)).code).toBe(0);
});

it('truth is told as JSON in the shape of the contract', async () => {
  const { code, out } = await local('truth', '--json', ...here);
  expect(code).toBe(0);
  const runs = JSON.parse(out) as TrueRun[];
  expect(runs.map((run) => run.result)).toContain('SUCCESS');
  expect(Object.keys(runs[0] ?? {})).toEqual([
    ...['region', 'job', 'runId', 'repairId', 'startTime', 'endTime', 'result', 'tables'],
  ]);
  const [table] = Object.values(runs[0]?.tables ?? {});
  expect(Object.keys(table ?? {})).toEqual(['version', 'tableId', 'rows', 'contentHash']);
});

it('only `up` prints tokens', async () => {
  const stack = JSON.parse(readFileSync(join(dir, 'stack.json'), 'utf8')) as {
    regions: Record<string, { tokens: Record<string, string> }>;
  };
  const tokens = Object.values(stack.regions).flatMap((region) => Object.values(region.tokens));
  const said = [await local('truth', ...here), await local('fault', 'none', '--region', 'primary', ...here)];
  expect(tokens.filter((token) => said.some(({ out, err }) => `${out}${err}`.includes(token)))).toEqual([]);
  expect(printed).toContain('DATABRICKS_TOKEN_PRIMARY');
});

it('without a running pair each command says how to start one', async () => {
  const nowhere = ['--dir', join(dir, 'nowhere')];
  for (const args of [['truth'], ['run-job', 'x'], ['fault', 'none', '--region', 'primary']]) {
    const { code, err } = await local(...args, ...nowhere);
    expect(code).toBe(4);
    expect(err).toContain('local up');
  }
});

it('`down` stops the pair, active runs included, and says so when there is none', async () => {
  const exited = once(up, 'exit');
  expect((await local('down', ...here)).code).toBe(0);
  expect(await exited).toEqual([0, null]);
  expect(existsSync(join(dir, 'stack.json'))).toBe(false);
  expect(await local('down', ...here)).toMatchObject({ code: 0, out: expect.stringContaining('No local pair') });
});
