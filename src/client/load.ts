import type { DrConfig } from '../config/index.js';
import { environment, loadConfig } from '../config/index.js';
import { CliError, exitCodes } from './exit.js';
import type { Io } from './io.js';

/** What every command understands. */
export interface CommonOptions {
  readonly config?: string;
}

/** The configuration file that a command is about. @throws CliError exit code 2 when none is named */
export function configFile(io: Io, options: CommonOptions): string {
  const file = options.config ?? environment(io.variables).configFile;
  if (file !== null) return file;
  throw new CliError(exitCodes.badUsage, 'No configuration is named.', 'Use --config FILE, or set DR_CONFIG.');
}

export const configFor = (io: Io, options: CommonOptions): Promise<DrConfig> => loadConfig(configFile(io, options));
