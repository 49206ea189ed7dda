import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
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

const judgeLimitMs = 120_000;

/**
 * Asks a judge: runs a Python program with the question as its one argument and parses the JSON that it prints. Never
 * blocks this process, for the servers that a judge talks to may run in it.
 *
 * @throws Error with what the program printed when it fails
 */
export async function askJudge(
  python: string | null,
  program: string,
  question: object,
  env: NodeJS.ProcessEnv = process.env,
): Promise<unknown> {
  if (python === null) throw new Error('there is no judge to ask');
  const { stdout } = await promisify(execFile)(python, [program, JSON.stringify(question)], {
    env,
    timeout: judgeLimitMs,
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(stdout);
}
