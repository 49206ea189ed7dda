/** A world whose worker dies where it is told to, and the questions that are asked after every death. */

import { join } from 'node:path';
import { until } from '../../demo/until.js';
import type { GroupStatus } from '../../src/domain/status.js';
import { regions } from '../../src/local/stack/layout.js';
import { syncRunId } from '../../src/workflows/messages.js';
import { killableWorker } from '../support/killable-worker.js';
import type { World } from '../support/world.js';
import { startWorld, workspace } from '../support/world.js';
import type { GrpcProxy } from './grpc-proxy.js';
import { startGrpcProxy } from './grpc-proxy.js';
import { completedSteps } from './steps-of-history.js';

export const group = 'sample_workflow_1';

/** Longer than every wait of the product's own put together: a looking pause, a few time-outs, a restart. */
const publishedWithinMs = 300_000;

/** The gold table's clones, in both hops; longer than a step stays for the end of its clone. */
const slowClone = 'workflow_1_gold` DEEP CLONE';
const slowCloneMs = 4000;

export interface CrashWorld {
  readonly world: World;
  readonly proxy: GrpcProxy;
  /** Starts a worker that reaches Temporal through the proxy. */
  startWorker(): Promise<void>;
  /** SIGKILL, and whatever the worker held is given out again. */
  killWorker(): Promise<void>;
  /** SIGKILL of the Temporal server, and the same one again: what it knows is what it had written. */
  restartServer(): Promise<void>;
  /** Runs the job to its end and returns the run's id. */
  runJob(): Promise<string>;
  askForSync(): Promise<void>;
  /** Ends all faults. What is left is that the clones of one table take long, so that they are waited for. */
  heal(): void;
  untilPublished(runId: string): Promise<void>;
  /** The steps that the newest sync took, the entity's own before it included, in the order of their ends. */
  stepsSince(eventId: number): Promise<string[]>;
  /** Newest event of the entity's history. */
  newestEvent(): Promise<number>;
  end(): Promise<void>;
}

/**
 * Both regions, a protected group with its first run published, and a worker behind the proxy.
 *
 * @param logFile where the workers' log goes; default a file that ends with the world
 */
export async function startCrashWorld(logFile?: string): Promise<CrashWorld> {
  const world = await startWorld({ temporal: 'kept' });
  const address = world.stack.file.temporal?.address ?? '';
  const proxy = await startGrpcProxy(address, world.client.connection, 'default');
  const worker = killableWorker(world, proxy, logFile ?? join(world.dir, 'crash-worker.log'));

  const crash: CrashWorld = {
    world,
    proxy,
    startWorker: () => worker.start(),
    killWorker: () => worker.kill(),
    async restartServer() {
      await world.stack.temporal?.killAndRestart();
    },
    async runJob() {
      const { runId, ended } = world.stack.runJob({ job: group });
      await ended;
      return runId;
    },
    heal() {
      for (const region of regions) {
        world.stack.faults.setAll(region, { kind: 'none' });
        world.stack.faults.set(region, 'warehouse', { kind: 'latency', ms: slowCloneMs, only: slowClone });
      }
    },
    async askForSync() {
      await world.entity(group).signal('syncNow');
    },
    async untilPublished(runId) {
      const told = new Set<string>();
      let newest: GroupStatus | null = null;
      const published = until(
        `run ${runId} published`,
        async () => {
          // While the worker or the server is dead nobody answers a query.
          const status = await world.status(group).catch(() => null);
          newest = status ?? newest;
          const last = status?.phase === 'idle' ? status.lastSync : null;
          // An honest failure is no broken promise: the next tick has to put it right.
          if (last && (last.result === 'failed' || last.result === 'rolled_back') && !told.has(last.syncId)) {
            told.add(last.syncId);
            await crash.askForSync();
          }
          return status?.recoveryPoint?.runId === runId && status.phase === 'idle' ? true : null;
        },
        publishedWithinMs,
      );
      await published.catch((thrown: unknown) => {
        throw new Error(`${String(thrown)}; the last status was ${JSON.stringify(newest)}`, { cause: thrown });
      });
    },
    async newestEvent() {
      const { events } = await world.entity(group).fetchHistory();
      return Number(events?.at(-1)?.eventId ?? 0);
    },
    async stepsSince(eventId) {
      const own = (await world.entity(group).fetchHistory()).events ?? [];
      const child = await world.client.workflow.getHandle(syncRunId({ workspace, group })).fetchHistory();
      return [
        ...completedSteps(own.filter((event) => Number(event.eventId) > eventId)),
        ...completedSteps(child.events ?? []),
      ];
    },
    async end() {
      await crash.killWorker();
      await proxy.close();
      await world.end();
    },
  };
  try {
    const applied = await world.dr('apply');
    if (applied.code !== 0) throw new Error(`apply failed: ${applied.stderr}`);
    await crash.startWorker();
    const first = await crash.runJob();
    await crash.askForSync();
    await crash.untilPublished(first);
    crash.heal();
    return crash;
  } catch (thrown) {
    await crash.end();
    throw thrown;
  }
}
