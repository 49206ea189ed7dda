import { createInterface } from 'node:readline/promises';
import type { Variables } from '../config/index.js';
import { processVariables } from '../config/index.js';

/** Everything that the command line shares with the process it runs in; a test hands in its own. */
export interface Io {
  /** For people and, with `--json`, for machines. */
  readonly out: (text: string) => void;
  /** Progress, warnings and errors. */
  readonly err: (text: string) => void;
  /** Width of the terminal in characters. */
  readonly columns: number;
  /** A person sits in front of it: questions can be answered, lines can be redrawn. */
  readonly interactive: boolean;
  readonly ask: (question: string) => Promise<string>;
  readonly variables: Variables;
  /** Aborted when the user presses Ctrl-C. */
  readonly interrupted: AbortSignal;
  /** Epoch ms. */
  readonly now: () => number;
}

const widthOfPipes = 80;

/** The streams, environment and keyboard of this process. */
export function processIo(): Io {
  leaveWithReader();
  const interrupted = interruption();
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    columns: process.stdout.columns ?? widthOfPipes,
    interactive: process.stdin.isTTY === true && process.stdout.isTTY === true,
    ask: async (question) => {
      const keyboard = createInterface({ input: process.stdin, output: process.stderr });
      try {
        return await keyboard.question(question, { signal: interrupted() });
      } finally {
        keyboard.close();
      }
    },
    variables: processVariables(),
    get interrupted() {
      return interrupted();
    },
    now: Date.now,
  };
}

/**
 * Ctrl-C is caught from the moment that somebody waits for it, and only once: it ends other commands, and a second one
 * ends this, at once, as everywhere.
 */
function interruption(): () => AbortSignal {
  let controller: AbortController | null = null;
  return () => {
    if (controller === null) {
      const created = new AbortController();
      process.once('SIGINT', () => created.abort());
      controller = created;
    }
    return controller.signal;
  };
}

/** A reader that has seen enough (`| head`) is no error. */
function leaveWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}

/** Says on stderr what is going on when it takes longer than a second, so that nobody looks at a silent screen. */
export async function withProgress<T>(io: Io, what: string, work: Promise<T>): Promise<T> {
  const timer = setTimeout(() => io.err(`${what} ...\n`), 1_000);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}
