import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '../src/worker/bundle-path.js';

/** The programs that the demo runs as a user would: the product's command line, its worker, the Temporal CLI. */
export interface Programs {
  /** Runs `lakehouse-dr …` to its end. @throws Error with what it printed when it fails */
  dr(...args: readonly string[]): Promise<string>;
  temporal(...args: readonly string[]): Promise<string>;
  startWorker(logFile: string): Worker;
}

export interface Worker {
  stop(): Promise<void>;
}

type Variables = Readonly<Record<string, string | undefined>>;

export function programs(variables: Variables, temporalCli: string): Programs {
  const main = join(packageFolder(), 'dist', 'src', 'bin', 'lakehouse-dr.js');
  return {
    dr: (...args) => run(process.execPath, [main, ...args], variables),
    temporal: (...args) => run(temporalCli, args, variables),
    startWorker(logFile) {
      const child = spawn(process.execPath, [main, 'worker'], { env: variables, stdio: ['ignore', 'ignore', 'pipe'] });
      child.stderr.pipe(createWriteStream(logFile));
      return { stop: () => end(child) };
    },
  };
}

function run(file: string, args: readonly string[], env: Variables): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (text) => (out += text));
    child.stderr.on('data', (text) => (err += text));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(out);
      else reject(new Error(`${args.join(' ')} ended with ${code}: ${err || out}`));
    });
  });
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve();
    child.once('close', () => resolve());
    child.kill('SIGTERM');
  });
}
