import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { processVariables } from '../../src/config/index.js';
import { findTemporalCli } from '../../src/local/temporal/cli.js';
import type { TemporalDevServer } from '../../src/local/temporal/dev-server.js';
import { startTemporalDevServer } from '../../src/local/temporal/dev-server.js';
import { freePort } from '../../src/local/temporal/free-port.js';
import { connectToTemporal, TemporalUnreachableError } from '../../src/worker/connection.js';
import { entityId, signals, statusQuery, workflowQueue, workflowTypes } from '../../src/workflows/messages.js';

const cli = findTemporalCli(processVariables().TEMPORAL_CLI_PATH);
let server: TemporalDevServer;
let client: Client;

beforeAll(async () => {
  server = await startTemporalDevServer({ cli });
  client = new Client({ connection: await Connection.connect({ address: server.address }) });
});
afterAll(async () => {
  await client.connection.close();
  await server.stop();
});

/** Looks until it is so; the deadline is the failure. */
async function until<T>(what: string, look: () => Promise<T | false> | T | false): Promise<T> {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    const found = await look();
    if (found !== false) return found;
    await delay(50);
  }
  throw new Error(`not within 30 s: ${what}`);
}

class WorkerProcess {
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  stderr = '';

  constructor(address: string, namespace: string, metricsPort: number) {
    const script = fileURLToPath(new URL('./worker-process.ts', import.meta.url));
    this.child = spawn(process.execPath, ['--import', 'tsx', script, address, namespace, String(metricsPort)], {
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString('utf8');
    });
    this.exited = once(this.child, 'exit').then(([code]) => code as number | null);
  }

  /** Waits for a log line; a worker that ended instead is the failure, with its last words. */
  said(message: string): Promise<true> {
    return until(`${message}\n${this.stderr}`, () => {
      if (this.stderr.includes(`"msg":"${message}"`)) return true;
      if (this.child.exitCode !== null) throw new Error(`the worker ended before "${message}":\n${this.stderr}`);
      return false;
    });
  }
}

describe('restartable: a worker', () => {
  let worker: WorkerProcess | undefined;
  afterEach(async () => {
    worker?.child.kill('SIGKILL');
    await worker?.exited;
  });

  const start = async (port?: number): Promise<WorkerProcess> => {
    worker = new WorkerProcess(server.address, server.namespace, port ?? (await freePort()));
    return worker;
  };
  const group = (name: string) => ({ workspace: 'a', group: name });
  const startEntity = (name: string) =>
    client.workflow.start(workflowTypes.protectGroup, {
      workflowId: entityId(group(name)),
      taskQueue: workflowQueue,
      args: [group(name)],
    });

  it('says when it is ready, in JSON alone, and serves metrics', async () => {
    const port = await freePort();
    const running = await start(port);
    await running.said('worker ready');
    for (const line of running.stderr.trim().split('\n')) expect(() => JSON.parse(line), line).not.toThrow();
    const page = await until('metrics', async () => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      return text.includes('temporal_num_pollers') ? text : false;
    });
    expect(page).toContain('task_queue="dr-switch/a1.example.com"');
  });

  it('is not stopped by a signal that nobody can read: it is counted, and the group goes on', async () => {
    const running = await start();
    await running.said('worker ready');
    const handle = await startEntity('unreadable');
    const signal = (...extra: string[]) =>
      promisify(execFile)(cli, [
        ...['workflow', 'signal', '--address', server.address, '--workflow-id', handle.workflowId],
        ...['--name', 'pause', ...extra],
      ]);
    await signal('--input', '{"reason":"x"}', '--input-meta', 'encoding=binary/encrypted');
    await signal('--input', '{}', '--input-meta', 'encoding=json/protobuf');
    await signal('--input', '["a list"]');
    await until('three ignored signals', async () => (await handle.query(statusQuery)).ignoredSignals === 3);
    expect((await handle.query(statusQuery)).paused).toBe(false);

    await signal('--input', '{"reason":"maintenance"}');
    await until('the pause', async () => (await handle.query(statusQuery)).paused);
    const history = await handle.fetchHistory();
    expect(history.events?.filter(({ workflowTaskFailedEventAttributes: failed }) => failed)).toEqual([]);
    await handle.terminate();
  });

  it("obeys the runbook's one command for every group, and answers its query", async () => {
    const running = await start();
    await running.said('worker ready');
    const handles = [await startEntity('all-1'), await startEntity('all-2')];
    const query = 'WorkflowType="protectGroup" AND ExecutionStatus="Running"';
    const temporal = (...args: string[]) =>
      promisify(execFile)(cli, ['workflow', ...args, '--address', server.address]);
    // Visibility lags a little behind the start of a workflow.
    await until('both groups are listed', async () => (await client.workflow.count(query)).count >= 2);
    await temporal(
      ...['signal', '--query', query, '--name', 'pause', '--input', '{"requestId":"for-all"}'],
      ...['--reason', 'region down', '--yes'],
    );
    for (const handle of handles) {
      await until('the pause', async () => (await handle.query(statusQuery)).paused);
      const { stdout } = await temporal(
        'query',
        '--workflow-id',
        handle.workflowId,
        '--type',
        'status',
        '--output',
        'json',
      );
      expect(stdout).toContain('for-all');
      await handle.terminate();
    }
  });

  it('lets a step in work end on SIGTERM, and ends with 0', async () => {
    const running = await start();
    await running.said('worker ready');
    await client.workflow.start(workflowTypes.syncTick, {
      workflowId: 'tick-at-shutdown',
      taskQueue: workflowQueue,
      args: [group('nobody')],
    });
    await running.said('step begun');
    running.child.kill('SIGTERM');
    expect(await running.exited).toBe(0);
    expect(running.stderr).toContain('"msg":"step ended"');
    expect(running.stderr).toContain('"msg":"worker stopped"');
    await client.workflow
      .getHandle('tick-at-shutdown')
      .terminate()
      .catch(() => undefined);
  });

  it('leaves a group to its successor', async () => {
    const first = await start();
    await first.said('worker ready');
    const handle = await startEntity('inherited');
    await handle.signal(signals.pause, { requestId: 'p-1' });
    await until('the pause', async () => (await handle.query(statusQuery)).paused);
    first.child.kill('SIGKILL');
    await first.exited;

    await handle.signal(signals.pause, { requestId: 'p-2' });
    const second = await start();
    await second.said('worker ready');
    const status = await until('both requests', async () => {
      const found = await handle.query(statusQuery);
      return found.requests.length === 2 ? found : false;
    });
    expect(status.requests.map(({ id, outcome }) => [id, outcome])).toEqual([
      ['p-2', 'no-change'],
      ['p-1', 'done'],
    ]);
    await handle.terminate();
  });

  it('says which address is taken when metrics can not be served', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const failing = await start(port);
    expect(await failing.exited).not.toBe(0);
    expect(failing.stderr).toContain(`127.0.0.1:${port}`);
    expect(failing.stderr).toContain('DR_METRICS_ADDRESS');
    taken.close();
  });
});

describe('a wrong Temporal address is one clear error', () => {
  const settings = (address: string, namespace = 'default') => ({ address, namespace, connectionOptions: { address } });

  it('refused connection', async () => {
    const error = await connectToTemporal(settings('127.0.0.1:1')).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TemporalUnreachableError);
    expect(String(error)).toContain('127.0.0.1:1');
    expect(String(error)).not.toContain('tonic');
  });

  it('a host that swallows everything is given up in seconds', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const began = performance.now();
    await expect(connectToTemporal(settings(`127.0.0.1:${port}`))).rejects.toThrow(/no answer within 10 s/);
    expect(performance.now() - began).toBeLessThan(15_000);
    silent.close();
  });

  it('a namespace that is not there', async () => {
    await expect(connectToTemporal(settings(server.address, 'nowhere'))).rejects.toThrow(/does not exist/);
  });
});
