/**
 * Promise 4, restartable: a new build of the workflow code takes up what an older one left open. Every kept history is
 * replayed through the bundle that workers run; a change of the code's decisions shows here before it stops a group.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeWorkflowBundle } from '../../src/worker/bundle.js';
import { bundlePath } from '../../src/worker/bundle-path.js';
import * as workflows from '../../src/workflows/index.js';
import { workflowTypes } from '../../src/workflows/messages.js';
import type { KeptHistory } from './histories.js';
import { keptHistories, readable, workflowTypeOf } from './histories.js';

const kept = keptHistories();

beforeAll(() => {
  // A replay that fails on purpose is not worth a page of warnings.
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { filter: 'OFF' } },
  });
});

/** What is wrong with each history, by name; undefined where it replays. */
async function replayed(codePath: string, histories: readonly KeptHistory[]): Promise<Map<string, Error | undefined>> {
  const results = Worker.runReplayHistories(
    { workflowBundle: { codePath } },
    histories.map(({ name, history }) => ({ workflowId: name, history })),
  );
  const problems = new Map<string, Error | undefined>();
  for await (const { workflowId, error } of results) problems.set(workflowId, error);
  return problems;
}

describe('the kept histories', () => {
  it('are there, for every workflow type that a worker registers', () => {
    const types = new Set(kept.map(({ history }) => workflowTypeOf(history)));
    expect([...types].toSorted(byName)).toEqual(Object.keys(workflows).toSorted(byName));
    expect([...types].toSorted(byName)).toEqual(Object.values(workflowTypes).toSorted(byName));
  });

  it('hold no token and no place of the machine that they were recorded on', () => {
    for (const { name, text } of kept) {
      const told = readable(text);
      expect(told.match(/dapi-local-|-----BEGIN|"\/(home|root|tmp|Users|var|work)\//)?.[0], name).toBeUndefined();
      expect(told, name).not.toMatch(/"identity":"(?!recorder")/);
    }
  });
});

describe('replay', { timeout: 240_000 }, () => {
  it('of every kept history through the built bundle', async () => {
    expect(existsSync(bundlePath()), 'run `npm run build` first').toBe(true);
    const problems = await replayed(bundlePath(), kept);
    expect([...problems.keys()]).toEqual(kept.map(({ name }) => name));
    expect(Object.fromEntries([...problems].filter(([, error]) => error !== undefined))).toEqual({});
  });

  describe('through other workflow code', () => {
    let folder = '';
    let codePath = '';

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'lakehouse-dr-replay-'));
      codePath = join(folder, 'bundle.js');
      await writeFile(
        codePath,
        (await makeWorkflowBundle(fileURLToPath(new URL('other-workflows.ts', import.meta.url)))).code,
      );
    }, 120_000);

    afterAll(() => rm(folder, { recursive: true, force: true }));

    it('is refused for every single one, or the test above proves nothing', async () => {
      const problems = await replayed(codePath, kept);
      expect(problems.size).toBe(kept.length);
      for (const [name, error] of problems) expect(error, name).toBeInstanceOf(DeterminismViolationError);
    });
  });
});

const byName = (a: string, b: string): number => (a < b ? -1 : 1);
