import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { ConfigError, environment } from '../config/index.js';
import type { ExitCode } from './exit.js';
import { CliError, exitCodes, explainKnown } from './exit.js';
import { findingText } from './finding-text.js';
import type { Io } from './io.js';
import { addLocalPlaceholder, buildProgram } from './program.js';
import { indented, wrap } from './text.js';

/**
 * Runs one command line.
 *
 * @param argv without the names of Node and the program
 * @returns the exit code; never throws
 */
export async function run(argv: readonly string[], io: Io): Promise<ExitCode> {
  try {
    let exitCode: ExitCode = exitCodes.done;
    const program = buildProgram(io, version(), (code) => {
      exitCode = code;
    });
    const isAboutLocal = argv[0] === 'local' || (argv[0] === 'help' && argv[1] === 'local');
    if (isAboutLocal) (await import('../local/stack/commands.js')).addLocalCommands(program, io);
    else addLocalPlaceholder(program);
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    return await report(io, argv[0] === 'local' ? withoutLocal(error) : error);
  }
}

async function report(io: Io, error: unknown): Promise<ExitCode> {
  const { exitCode, message, remedy } =
    explainKnown(error) ?? (await import('./explain-failure.js')).explainFailure(error);
  // Commander has said what is wrong with the usage itself.
  if (!(error instanceof CommanderError)) {
    io.err(`${wrap(message, io.columns).join('\n')}\n`);
    if (error instanceof ConfigError)
      io.err(error.findings.map((finding) => findingText(finding, io.columns)).join('\n'));
    if (remedy !== null) io.err(indented(remedy, io.columns));
    if (wantsDetails(io) && error instanceof Error) io.err(`${error.stack}\n`);
  }
  return exitCode;
}

function wantsDetails(io: Io): boolean {
  try {
    return ['debug', 'trace'].includes(environment(io.variables).logLevel);
  } catch {
    // The environment itself may be what is wrong; that has been said.
    return false;
  }
}

/** The embedded region pair needs packages that an installation for production leaves out, wherever they are loaded. */
function withoutLocal(error: unknown): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') return error;
  return new CliError(
    exitCodes.failed,
    'The local region pair is not installed with this package.',
    'Use a checkout of the repository: `npm run setup`, then `npm run dr -- local up`.',
    { cause: error },
  );
}

/** package.json lies above both the sources and the build. */
function version(): string {
  for (const path of ['../../package.json', '../../../package.json']) {
    try {
      const { version: found } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as {
        version: string;
      };
      return found;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return 'unknown';
}
