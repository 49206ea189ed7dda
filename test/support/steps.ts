/** The product's steps without any workflow: against the local region pair, one at a time, as a worker runs them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { HostActivities } from '../../src/activities/contract.js';
import { createActivities } from '../../src/activities/index.js';
import type { Workspace } from '../../src/databricks/api.js';
import type { Region } from '../../src/domain/region.js';
import type { GroupHead } from '../../src/domain/spec.js';
import type { Stack } from '../../src/local/stack/stack.js';
import { startStack } from '../../src/local/stack/stack.js';
import { connectTo } from '../databricks/support/pair.js';

export const head: GroupHead = {
  workspace: 'ws',
  group: 'g',
  job: null,
  tableCount: 1,
  hosts: { primary: 'p', secondary: 's' },
  syncIntervalMinutes: 1,
  failoverIntervalMinutes: 1,
  maxRetries: 1,
  trigger: 'interval',
  acceptPartialSuccess: false,
  recoveryPointsKept: 1,
  rpoTargetMinutes: null,
  maxParallelTables: 1,
  verify: 'files',
  acknowledgeStreaming: false,
  successMail: 'off',
  activateJob: false,
  specHash: '',
  syncLocations: {
    primary: 'abfss://dr-sync@primarysync.dfs.core.windows.net',
    secondary: 'abfss://dr-sync@secondarysync.dfs.core.windows.net',
  },
};

export interface StepsWorld {
  readonly stack: Stack;
  workspace(region: Region): Workspace;
  /** The steps as one worker's process has them. */
  stepsOf(processId: string): HostActivities;
  end(): Promise<void>;
}

export const run = <Result>(step: () => Promise<Result>, attempt = 1): Promise<Result> =>
  new MockActivityEnvironment({ attempt }).run(step);

const never = (): never => {
  throw new Error('no step of these asks for this');
};

export async function startSteps(): Promise<StepsWorld> {
  const dir = mkdtempSync(join(tmpdir(), 'steps-'));
  const stack = await startStack({ dir, temporal: 'none' });
  const workspaces = { primary: connectTo(stack, 'primary'), secondary: connectTo(stack, 'secondary') };
  return {
    stack,
    workspace: (region) => workspaces[region],
    stepsOf: (processId) =>
      createActivities({
        config: never,
        workspace: (_name, region) => workspaces[region],
        sendMail: never,
        processId,
        now: () => Date.now(),
      }).host,
    async end() {
      await Promise.all(Object.values(workspaces).map((workspace) => workspace.close()));
      await stack.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
