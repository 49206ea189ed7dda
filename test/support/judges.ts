import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '../../src/worker/bundle-path.js';

/**
 * The Python of the independent judges (`npm run judges`), or the one that DR_TEST_PYTHON names; null where there is
 * none. In CI there has to be one: a judge who is not there has not agreed.
 */
export function judgesPython(): string | null {
  const python = process.env.DR_TEST_PYTHON ?? join(packageFolder(), 'var', 'tools', 'judges', 'bin', 'python');
  if (existsSync(python)) return python;
  if (process.env.CI) throw new Error('The judges are missing: run `npm run judges` before the tests.');
  return null;
}

/** Runs a Python program to its end. @throws Error with what it printed when it fails */
export function judge(
  python: string,
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): string {
  const { status, stdout, stderr } = spawnSync(python, ['-c', program, ...args], { encoding: 'utf8', env });
  if (status !== 0) throw new Error(`the judge failed: ${stderr || stdout}`);
  return stdout;
}
