import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Io } from '../../src/client/index.js';
import { run } from '../../src/client/index.js';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line in this process with streams and environment of its own. */
export async function ran(argv: readonly string[], overrides: Partial<Io> = {}): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await run(argv, {
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    columns: 80,
    interactive: false,
    ask: () => Promise.reject(new Error('nobody was to be asked')),
    variables: {},
    interrupted: new AbortController().signal,
    now: Date.now,
    ...overrides,
  });
  return { code, out: out.join(''), err: err.join('') };
}

/** Writes a configuration (or any other text) to a file of its own. */
export function fileWith(content: unknown): string {
  const file = join(mkdtempSync(join(tmpdir(), 'dr-config-')), 'dr.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}
