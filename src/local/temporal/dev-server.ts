import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { freePort } from './free-port.js';

/** A Temporal dev server of our own, with Web UI. */
export interface TemporalDevServer {
  /** `host:port` of the frontend. */
  readonly address: string;
  readonly namespace: string;
  readonly uiUrl: string;
  /**
   * SIGKILL, then the same server once more: same ports, same database file. @throws Error as the first start does, and
   * where there is no database file: the namespace would be gone
   */
  killAndRestart(): Promise<void>;
  stop(): Promise<void>;
}

export interface TemporalDevServerOptions {
  /** Path of the Temporal CLI, see `findTemporalCli`. */
  readonly cli: string;
  /** SQLite file that keeps the server's state over restarts; without it everything is gone at the end. */
  readonly databaseFile?: string;
  /** File that holds the server's process id while it runs: whoever finds it later can end a server that was left over. */
  readonly pidFile?: string;
  /** Default: free ports; so where one of these is taken. */
  readonly port?: number;
  readonly uiPort?: number;
  /** Settings of the server by name: a test makes histories "long" after a few events. Source: Temporal's dynamic config. */
  readonly dynamicConfig?: Readonly<Record<string, number>>;
}

const namespace = 'default';

/** The product's search attributes (design 3), by the type names that the CLI knows. */
const searchAttributes = {
  DrWorkspace: 'Keyword',
  DrGroup: 'Keyword',
  DrState: 'Keyword',
  DrActiveRegion: 'Keyword',
  DrLastRunId: 'Keyword',
  DrRecoveryPoint: 'Datetime',
} as const;

/** A slow machine under load needs seconds for the server's first start; a minute means that it will not come. */
const readyTimeoutMs = 60_000;
const stopTimeoutMs = 10_000;

/**
 * Starts `temporal server start-dev` and waits until its namespace and search attributes answer.
 * @throws Error with the server's own last words when it ends or does not get ready within a minute.
 */
export async function startTemporalDevServer(options: TemporalDevServerOptions): Promise<TemporalDevServer> {
  const { port, uiPort, child: first } = await startOnFreePorts(options);
  const address = `127.0.0.1:${port}`;
  let child = first;
  return {
    address,
    namespace,
    uiUrl: `http://127.0.0.1:${uiPort}`,
    async killAndRestart() {
      if (!options.databaseFile) throw new Error('A dev server without a database file keeps nothing over a restart.');
      await end(child, 'SIGKILL');
      child = await startProcess(options, port, uiPort);
    },
    async stop() {
      await end(child, 'SIGTERM');
      if (options.pidFile) rmSync(options.pidFile, { force: true });
    },
  };
}

/** Between the look for a free port and the server's start, a connection of anybody may have got it. */
const mostPorts = 3;

async function startOnFreePorts(
  options: TemporalDevServerOptions,
): Promise<{ readonly port: number; readonly uiPort: number; readonly child: ChildProcess }> {
  for (let tried = 1; ; tried++) {
    const isFirst = tried === 1;
    const port = (isFirst ? options.port : undefined) ?? (await freePort());
    const uiPort = (isFirst ? options.uiPort : undefined) ?? (await freePort());
    try {
      return { port, uiPort, child: await startProcess(options, port, uiPort) };
    } catch (thrown) {
      if (tried === mostPorts || !String(thrown).includes('address already in use')) throw thrown;
    }
  }
}

async function startProcess(options: TemporalDevServerOptions, port: number, uiPort: number): Promise<ChildProcess> {
  const child = spawn(
    options.cli,
    [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--ui-port', String(uiPort)],
      ...['--namespace', namespace, '--log-level', 'error'],
      ...(options.databaseFile ? ['--db-filename', options.databaseFile] : []),
      ...Object.entries(options.dynamicConfig ?? {}).flatMap(([name, value]) => [
        '--dynamic-config-value',
        `${name}=${value}`,
      ]),
      ...Object.entries(searchAttributes).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
    ],
    // A group of its own: an interrupt typed into the terminal must reach the stack first, which ends things in order.
    { stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
  const lastWords = collectOutput(child);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`it could not be started: ${error.message}`));
    child.once('exit', (code, signal) => resolve(`it ended (${signal ?? `exit code ${code}`})`));
  });
  if (options.pidFile && child.pid !== undefined) writeFileSync(options.pidFile, String(child.pid));

  const problem = await Promise.race([ended, waitUntilReady(`127.0.0.1:${port}`)]);
  if (problem !== null) {
    await end(child, 'SIGTERM');
    throw new Error(`The Temporal dev server did not get ready: ${problem}.\n${lastWords()}`.trim());
  }
  return child;
}

function collectOutput(child: ChildProcess): () => string {
  let tail = '';
  const keep = (chunk: Buffer): void => {
    tail = (tail + chunk.toString('utf8')).slice(-4_000);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () => tail.trim();
}

/** null when ready, else what was still wrong at the deadline. */
async function waitUntilReady(address: string): Promise<string | null> {
  const deadline = Date.now() + readyTimeoutMs;
  let problem = 'no answer';
  while (Date.now() < deadline) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: '2s' });
      try {
        await connection.workflowService.describeNamespace({ namespace });
        const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
        const absent = Object.keys(searchAttributes).filter((name) => !(name in (customAttributes ?? {})));
        if (absent.length === 0) return null;
        problem = `search attributes ${absent.join(', ')} are not registered`;
      } finally {
        await connection.close();
      }
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
    await delay(100);
  }
  return problem;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
  await exited;
  clearTimeout(timer);
}
