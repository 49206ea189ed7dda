import type { Io } from '../../client/io.js';
import { withProgress } from '../../client/io.js';
import type { Stack } from './stack.js';
import { startStack } from './stack.js';

export interface UpOptions {
  readonly dir: string;
  readonly temporal: boolean;
}

/** `local up`: runs the pair until SIGINT, SIGTERM or `local down`. */
export async function upPair(io: Io, { dir, temporal }: UpOptions): Promise<void> {
  const starting = startStack({
    dir,
    temporal: temporal ? 'kept' : 'none',
    temporalCliPath: io.variables.TEMPORAL_CLI_PATH,
    report: (error) => io.err(`local pair: ${error instanceof Error ? error.message : String(error)}\n`),
  });
  const stack = await withProgress(io, `starting two regions${temporal ? ' and a Temporal dev server' : ''}`, starting);
  const stop = (): void => void stack.stop();
  process.once('SIGTERM', stop);
  io.interrupted.addEventListener('abort', stop);
  if (io.interrupted.aborted) stop();
  io.out(`${readyLines(stack).join('\n')}\n`);
  await stack.stopped;
  process.off('SIGTERM', stop);
  io.out('The pair is stopped. Its data stays in the folder.\n');
}

function readyLines({ file, dir }: Stack): readonly string[] {
  return [
    `The local pair is running in ${dir}.`,
    `  primary    ${file.regions.primary.url}`,
    `  secondary  ${file.regions.secondary.url}`,
    ...(file.temporal ? [`  Temporal   ${file.temporal.address}, Web UI ${file.temporal.uiUrl}`] : []),
    `  mail       ${file.smtp.mailDir}`,
    `  config     ${file.config}`,
    '',
    'For worker and command line in another terminal:',
    ...Object.entries(file.env).map(([name, value]) => `  export ${name}=${quoted(value)}`),
    '',
    'Stop it with Ctrl-C, or with `lakehouse-dr local down`.',
  ];
}

/** For a POSIX shell. */
const quoted = (value: string): string => (/^[\w./:@-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`);
