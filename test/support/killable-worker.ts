/** A worker process behind the gRPC proxy, so that what it held when it was killed is given out again at once. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '../../src/worker/bundle-path.js';
import type { GrpcProxy } from '../crash/grpc-proxy.js';
import type { World } from './world.js';

export interface KillableWorker {
  /** Resolves when the worker polls. @throws Error when it ends before */
  start(): Promise<void>;
  /** SIGKILL, and whatever the worker held is given out again. */
  kill(): Promise<void>;
  /** SIGTERM: it shuts down in order. */
  stop(): Promise<void>;
}

/** @param logFile what the worker says is added to this file */
export function killableWorker({ variables }: World, proxy: GrpcProxy, logFile: string): KillableWorker {
  const main = join(packageFolder(), 'dist', 'src', 'bin', 'lakehouse-dr.js');
  const log = createWriteStream(logFile);
  let child: ChildProcess | null = null;

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = child;
    child = null;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = once(ending, 'exit');
    ending.kill(signal);
    await ended;
  };
  return {
    async start() {
      const env = { ...variables, TEMPORAL_ADDRESS: proxy.address };
      const started = spawn(process.execPath, [main, 'worker'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
      child = started;
      started.stderr.pipe(log, { end: false });
      for await (const chunk of started.stderr.iterator({ destroyOnReturn: false })) {
        if (String(chunk).includes('worker ready')) return;
      }
      throw new Error(`the worker ended with ${started.exitCode ?? started.signalCode}: see ${logFile}`);
    },
    async kill() {
      await end('SIGKILL');
      await proxy.releaseTasks();
    },
    stop: () => end('SIGTERM'),
  };
}
