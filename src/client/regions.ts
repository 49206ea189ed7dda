import { setTimeout as sleep } from 'node:timers/promises';
import type { DrConfig } from '../config/index.js';
import { regionConnection } from '../config/index.js';
import type { Workspace } from '../databricks/api.js';
import { DrError } from '../domain/failure.js';
import type { Region } from '../domain/region.js';
import type { Io } from './io.js';

/** Works with one region of a workspace and closes it afterwards. @throws DrError */
export async function withRegion<T>(
  io: Io,
  config: DrConfig,
  workspace: string,
  region: Region,
  work: (region: Workspace) => Promise<T>,
): Promise<T> {
  // The SQL driver takes longer to load than most commands need, which never get here.
  const { createWorkspace } = await import('../databricks/workspace.js');
  const connected = createWorkspace(regionConnection(config, workspace, region, io.variables));
  try {
    return await work(connected);
  } finally {
    await connected.close();
  }
}

/** A stopped warehouse without serverless compute takes some minutes to start. */
export const warehouseLimitMs = 600_000;

const lookEveryMs = 1_000;

/**
 * Starts the warehouse if need be and waits until it runs: only for what a person asked for.
 *
 * @throws DrError WAREHOUSE_UNAVAILABLE after `limitMs`
 */
export async function wakeWarehouse(io: Io, { warehouse, region, host }: Workspace, limitMs: number): Promise<void> {
  const deadline = io.now() + limitMs;
  let said = false;
  while ((await warehouse.ensureRunning()) !== 'running') {
    if (io.now() >= deadline) {
      throw new DrError(
        'WAREHOUSE_UNAVAILABLE',
        `The SQL warehouse of the ${region} region (${host}) is not running yet.`,
        {
          remedy: 'Look at the warehouse in the workspace, or try again later.',
        },
      );
    }
    if (!said) io.err(`starting the SQL warehouse of the ${region} region ...\n`);
    said = true;
    await sleep(lookEveryMs, undefined, { signal: io.interrupted });
  }
}

/** Gives up on work that takes longer: for what is nice to have. @throws DrError REGION_UNREACHABLE */
export async function within<T>(limitMs: number, what: string, work: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const tooLate = sleep(limitMs, undefined, { signal: timer.signal }).then(() => {
    throw new DrError('REGION_UNREACHABLE', `${what} did not answer within ${limitMs / 1_000} s.`);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    timer.abort();
    tooLate.catch(() => undefined);
  }
}
