import { processVariables } from '../../config/index.js';
import type { Stack } from './stack.js';
import { startStack } from './stack.js';

export interface UpOptions {
  readonly dir: string;
  readonly temporal: boolean;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** `local up`: runs the pair until SIGINT, SIGTERM or `local down`. */
export async function upPair({ dir, temporal }: UpOptions): Promise<void> {
  const stack = await startStack({
    dir,
    temporal,
    temporalCliPath: processVariables().TEMPORAL_CLI_PATH,
    report: (error) =>
      void process.stderr.write(`local pair: ${error instanceof Error ? error.message : String(error)}\n`),
  });
  const interrupt = (): void => void stack.stop();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  for (const line of readyLines(stack)) say(line);
  await stack.stopped;
  process.off('SIGINT', interrupt);
  process.off('SIGTERM', interrupt);
  say('The pair is stopped. Its data stays in the folder.');
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
