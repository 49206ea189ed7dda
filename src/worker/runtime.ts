import type { LogLevel as TemporalLogLevel } from '@temporalio/common';
import { Runtime } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { Environment, LogLevel, MetricsAddress } from '../config/index.js';
import { temporalLogger } from './logging.js';

/** The process can't work as it is set up: an address in use, a missing build. Says what to change. */
export class WorkerSetupError extends Error {
  override readonly name = 'WorkerSetupError';
}

/**
 * Sets up Temporal's native core for this process, once and before any connection: its logs go where ours go, its
 * metrics to a Prometheus page at `/metrics`.
 *
 * @throws WorkerSetupError when the metrics address can't be used
 */
export function installRuntime(settings: Pick<Environment, 'logLevel' | 'metricsAddress'>, logger: Logger): Runtime {
  const { metricsAddress } = settings;
  try {
    return Runtime.install({
      logger: temporalLogger(logger),
      // Shutting down is ours: workers first, then the connection (see main.ts).
      shutdownSignals: [],
      telemetryOptions: {
        // Below WARN the core tells every poll; other native libraries matter only when they fail.
        logging: { filter: { core: coreLevel(settings.logLevel), other: 'ERROR' }, forward: {} },
        ...(metricsAddress === null
          ? {}
          : { metrics: { prometheus: { bindAddress: socketAddress(metricsAddress), countersTotalSuffix: true } } }),
      },
    });
  } catch (cause) {
    if (metricsAddress === null) throw cause;
    throw new WorkerSetupError(
      `Metrics can't be served at ${socketAddress(metricsAddress)}: ${cause instanceof Error ? cause.message : cause}. ` +
        'Set DR_METRICS_ADDRESS to a free host:port, or to off.',
      { cause },
    );
  }
}

/** The core wants an IP address, not a name. */
const socketAddress = ({ host, port }: MetricsAddress): string =>
  `${host === 'localhost' ? '127.0.0.1' : host}:${port}`;

const coreLevels: Readonly<Record<LogLevel, TemporalLogLevel>> = {
  trace: 'DEBUG',
  debug: 'INFO',
  info: 'WARN',
  warn: 'WARN',
  error: 'ERROR',
};
const coreLevel = (level: LogLevel): TemporalLogLevel => coreLevels[level];
