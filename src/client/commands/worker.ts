import { workspaceConfig } from '../../config/index.js';
import type { ExitCode } from '../exit.js';
import { CliError, exitCodes } from '../exit.js';
import type { Io } from '../io.js';
import type { CommonOptions } from '../load.js';
import { configFile, configFor } from '../load.js';
import { whichTemporal } from '../temporal.js';

export interface WorkerOptions extends CommonOptions {
  readonly only?: 'workflows' | 'sql';
  readonly workspace?: string;
}

/** `worker`: runs until it is told to stop. */
export async function worker(io: Io, { only, workspace, ...options }: WorkerOptions): Promise<ExitCode> {
  const config = await configFor(io, options);
  if (workspace !== undefined) workspaceConfig(config, workspace);
  // The worker's native core is loaded only where it is needed: other commands start in a fraction of the time.
  const [{ runWorker }, { TemporalUnreachableError }] = await Promise.all([
    import('../../worker/main.js'),
    import('../../worker/connection.js'),
  ]);
  try {
    await runWorker({
      config,
      configPath: configFile(io, options),
      ...(only === undefined ? {} : { only }),
      ...(workspace === undefined ? {} : { workspace }),
    });
    return exitCodes.done;
  } catch (error) {
    if (!(error instanceof TemporalUnreachableError)) throw error;
    throw new CliError(exitCodes.unreachable, error.message, whichTemporal, { cause: error });
  }
}
