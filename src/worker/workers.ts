import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import type { NativeConnection } from '@temporalio/worker';
import { Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import { CastFailures } from '../activities/index.js';
import { bundlePath } from './bundle-path.js';
import { packedPayloads } from './packed-payloads.js';
import type { QueuePlan } from './queues.js';
import { queueOptions } from './queues.js';
import { WorkerSetupError } from './runtime.js';

/** The steps that workers run, by queue: plain objects of functions, as the SDK wants them. */
export interface StepsByQueue {
  readonly workflowQueue: object;
  hostQueue(host: string): object;
}

export interface WorkerSet {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly queues: readonly QueuePlan[];
  readonly steps: StepsByQueue;
}

/**
 * A worker for each queue, over one connection.
 *
 * @throws WorkerSetupError when the workflow bundle was not built
 */
export async function createWorkers({ connection, namespace, queues, steps }: WorkerSet): Promise<Worker[]> {
  const codePath = bundlePath();
  if (queues.some(({ kind }) => kind === 'workflows') && !existsSync(codePath)) {
    throw new WorkerSetupError(`${codePath} is missing. Run npm run build.`);
  }
  const identity = `lakehouse-dr/${process.pid}@${hostname()}`;
  return Promise.all(
    queues.map((queue) =>
      Worker.create({
        connection,
        namespace,
        identity,
        taskQueue: queue.taskQueue,
        dataConverter: { payloadCodecs: [packedPayloads] },
        interceptors: { activity: [() => ({ inbound: new CastFailures() })] },
        ...queueOptions[queue.kind],
        ...(queue.kind === 'workflows'
          ? { workflowBundle: { codePath }, activities: steps.workflowQueue }
          : { activities: steps.hostQueue(queue.host) }),
      }),
    ),
  );
}

/**
 * Runs workers until the signal asks for the end, or until one of them fails: a process that polls only some of its
 * queues would look alive and let a region go unprotected, so the others end with it.
 *
 * @throws the first worker's failure; `GracefulShutdownPeriodExpiredError` when steps did not end in time
 */
export async function runUntilStopped(workers: readonly Worker[], stop: AbortSignal, logger: Logger): Promise<void> {
  const shutDown = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const runs = workers.map((worker) =>
    worker.run().catch((error: unknown) => {
      logger.error({ err: error, taskQueue: worker.options.taskQueue }, 'worker failed');
      shutDown();
      throw error;
    }),
  );
  stop.addEventListener('abort', shutDown, { once: true });
  if (stop.aborted) shutDown();
  const results = await Promise.allSettled(runs);
  stop.removeEventListener('abort', shutDown);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}
