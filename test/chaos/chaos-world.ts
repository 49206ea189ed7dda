/** A world that things happen to, and the count of what really did. */
import { regions, sampleGroups } from '../../src/local/stack/layout.js';
import type { GrpcProxy } from '../crash/grpc-proxy.js';
import { startGrpcProxy } from '../crash/grpc-proxy.js';
import type { KillableWorker } from '../support/killable-worker.js';
import { killableWorker } from '../support/killable-worker.js';
import { jobNamed } from '../support/nested-job.js';
import type { World } from '../support/world.js';
import { startWorld } from '../support/world.js';
import type { Plan } from './plan.js';

export interface Counts {
  publishes: number;
  /** Faults that hit something. */
  faults: number;
  /** Deaths of the worker, the server, the group's workflow or its sync. */
  kills: number;
}

export interface ChaosWorld {
  readonly world: World;
  readonly proxy: GrpcProxy;
  readonly worker: KillableWorker;
  readonly group: string;
  readonly job: string;
  /** Where a run fails that is to fail: half-way. */
  readonly failingTask: string;
  readonly tables: readonly string[];
  readonly counts: Counts;
  /** Runs of the job that may not have ended yet. */
  readonly runs: Set<Promise<unknown>>;
  /** Ids of the requests that were sent, in order; those before a terminated life may have died with it. */
  readonly requests: { id: string; mayBeLost: boolean }[];
  /** Codes of failures that `status` showed while somebody looked. */
  readonly failuresSeen: Set<string>;
  /** One thing at a time is done to the worker, and to the server. */
  readonly deaths: { last: Promise<unknown> };
  heal(): void;
  end(): Promise<void>;
}

export async function startChaosWorld(plan: Plan, counts: Counts, logFile: string): Promise<ChaosWorld> {
  const sample = sampleGroups[plan.job === 'light' ? 2 : 0];
  const world = await startWorld({
    temporal: plan.keptServer ? 'kept' : 'in-memory',
    config(_config, workspace, groups) {
      workspace.sync_max_retries = plan.maxRetries;
      for (const group of groups) if (group.group_name === sample.group) group.workflow = sample.job;
    },
  });
  try {
    const proxy = await startGrpcProxy(world.stack.file.temporal?.address ?? '', world.client.connection, 'default');
    const worker = killableWorker(world, proxy, logFile);
    const { jobId } = jobNamed(world, sample.job);
    const { primary } = world.stack.regions;
    primary.setAttribution(plan.attribution);
    if (plan.job === 'light') primary.jobs.updateJob(jobId, { max_concurrent_runs: 3 }, []);
    const applied = await world.dr('apply');
    if (applied.code !== 0) throw new Error(`apply failed: ${applied.stderr}`);
    await worker.start();
    return {
      ...{ world, proxy, worker, group: sample.group, job: sample.job, tables: sample.tables },
      failingTask: plan.job === 'light' ? 'load' : 'silver',
      counts,
      runs: new Set(),
      requests: [],
      failuresSeen: new Set(),
      deaths: { last: Promise.resolve() },
      heal() {
        for (const region of regions) world.stack.faults.setAll(region, { kind: 'none' });
      },
      async end() {
        await worker.kill();
        await proxy.close();
        await world.end();
      },
    };
  } catch (thrown) {
    await world.end();
    throw thrown;
  }
}
