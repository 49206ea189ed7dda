import { once } from 'node:events';
import type { DrConfig, Environment, TemporalSettings } from '../config/index.js';
import { connectToTemporal } from './connection.js';
import { createLogger } from './logging.js';
import type { QueueChoice } from './queues.js';
import { plannedQueues } from './queues.js';
import { installRuntime, WorkerSetupError } from './runtime.js';
import type { StepsByQueue } from './workers.js';
import { createWorkers, runUntilStopped } from './workers.js';

export interface WorkerRun extends QueueChoice {
  readonly config: DrConfig;
  readonly environment: Pick<Environment, 'logLevel' | 'metricsAddress'>;
  readonly temporal: TemporalSettings;
  readonly steps: StepsByQueue;
  /** Ends the worker as SIGTERM does. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a worker in this process until SIGTERM, SIGINT or `signal`, then lets the steps in work end (at most 20 s).
 *
 * @throws TemporalUnreachableError, WorkerSetupError, or what made a worker fail
 */
export async function runWorkers(run: WorkerRun): Promise<void> {
  const { config, environment, temporal } = run;
  const logger = createLogger(environment.logLevel);
  const queues = plannedQueues(config, run);
  if (queues.length === 0) throw new WorkerSetupError(`The configuration has no workspace "${run.workspace}".`);

  const runtime = installRuntime(environment, logger);
  const stop = stopSignals(run.signal);
  try {
    const connection = await connectToTemporal(temporal);
    try {
      const { namespace, address } = temporal;
      const workers = await createWorkers({ connection, namespace, queues, steps: run.steps });
      const running = runUntilStopped(workers, stop.signal, logger);
      logger.info(
        { address, namespace, queues: queues.map(({ taskQueue }) => taskQueue), metrics: environment.metricsAddress },
        'worker ready',
      );
      await Promise.race([running, once(stop.signal, 'abort').then(() => logger.info('worker is stopping'))]);
      await running;
      logger.info('worker stopped');
    } finally {
      // Workers that were made and never ran still hold it; what kept them from running is the error to tell.
      await connection.close().catch((error: unknown) => logger.warn({ err: error }, 'connection was not closed'));
    }
  } finally {
    stop.dispose();
    runtime.flushLogs();
  }
}

/** One signal for all reasons to end. A second SIGINT or SIGTERM finds no listener and ends the process at once. */
function stopSignals(outer: AbortSignal | undefined): { readonly signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  const stop = (): void => {
    dispose();
    controller.abort();
  };
  const dispose = (): void => {
    process.off('SIGTERM', stop);
    process.off('SIGINT', stop);
    outer?.removeEventListener('abort', stop);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  if (outer?.aborted) stop();
  outer?.addEventListener('abort', stop);
  return { signal: controller.signal, dispose };
}
