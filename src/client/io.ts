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
  const interrupt = new AbortController();
  // Once: a second Ctrl-C ends the process at once, as everywhere.
  process.once('SIGINT', () => interrupt.abort());
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    columns: process.stdout.columns ?? widthOfPipes,
    interactive: process.stdin.isTTY === true && process.stdout.isTTY === true,
    ask: async (question) => {
      const keyboard = createInterface({ input: process.stdin, output: process.stderr });
      try {
        return await keyboard.question(question, { signal: interrupt.signal });
      } finally {
        keyboard.close();
      }
    },
    variables: processVariables(),
    interrupted: interrupt.signal,
    now: Date.now,
  };
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
