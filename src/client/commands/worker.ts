import { workspaceConfig } from '../../config/index.js';
import type { ExitCode } from '../exit.js';
import { exitCodes } from '../exit.js';
import type { Io } from '../io.js';
import type { CommonOptions } from '../load.js';
import { configFile, configFor } from '../load.js';

export interface WorkerOptions extends CommonOptions {
  readonly only?: 'workflows' | 'sql';
  readonly workspace?: string;
}

/** `worker`: runs until it is told to stop. */
export async function worker(io: Io, { only, workspace, ...options }: WorkerOptions): Promise<ExitCode> {
  const config = await configFor(io, options);
  if (workspace !== undefined) workspaceConfig(config, workspace);
  const { runWorker } = await import('../../worker/main.js');
  await runWorker({
    config,
    configPath: configFile(io, options),
    ...(only === undefined ? {} : { only }),
    ...(workspace === undefined ? {} : { workspace }),
  });
  return exitCodes.done;
}
