/**
 * Promise 4, restartable: whenever a worker takes up a group that another one has left, it replays what that one did. A
 * worker with a small cache does so all the time: what depends on anything but the history fails its task, then or when
 * everything is replayed in the end, whatever was asked, cancelled, signalled or terminated in between.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CastFailures } from '../../src/activities/cast-failures.js';
import { seededRandom } from '../../src/local/random.js';
import { findTemporalCli } from '../../src/local/temporal/cli.js';
import type { TemporalDevServer } from '../../src/local/temporal/dev-server.js';
import { startTemporalDevServer } from '../../src/local/temporal/dev-server.js';
import { bundlePath } from '../../src/worker/bundle-path.js';
import { packedPayloads } from '../../src/worker/packed-payloads.js';
import { entityId, hostQueue, switchQueue, syncRunId, workflowQueue } from '../../src/workflows/messages.js';
import { replayProblems } from '../chaos/replays.js';
import { randomSteps } from './random-steps.js';

const seed = 7;
const groups = 20;
/** About half of the tasks meet a workflow that is still known, the others replay it: what the two decide must be the same. */
const cachedWorkflows = 30;
const signalsPerGroup = 20;

let server: TemporalDevServer;
let connection: Connection;
let native: NativeConnection;
let workers: Worker[] = [];
let running: Promise<unknown>;

beforeAll(async () => {
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { filter: 'OFF' } },
  });
  server = await startTemporalDevServer({ cli: findTemporalCli(process.env.TEMPORAL_CLI_PATH) });
  connection = await Connection.connect({ address: server.address });
  native = await NativeConnection.connect({ address: server.address });
  const random = seededRandom(seed);
  const activities = { ...randomSteps(random) };
  const hosts = ['primary.example', 'secondary.example'];
  const common = {
    connection: native,
    activities,
    dataConverter: { payloadCodecs: [packedPayloads] },
    interceptors: { activity: [() => ({ inbound: new CastFailures() })] },
  };
  workers = await Promise.all([
    Worker.create({
      ...common,
      taskQueue: workflowQueue,
      workflowBundle: { codePath: bundlePath() },
      maxCachedWorkflows: cachedWorkflows,
      reuseV8Context: true,
    }),
    ...hosts.flatMap((host) =>
      [hostQueue(host), switchQueue(host)].map((taskQueue) => Worker.create({ ...common, taskQueue })),
    ),
  ]);
  running = Promise.all(workers.map((worker) => worker.run()));
}, 120_000);

afterAll(async () => {
  for (const worker of workers) worker.shutdown();
  await running;
  await native?.close();
  await connection?.close();
  await server?.stop();
}, 60_000);

describe('every task', { timeout: 600_000 }, () => {
  it('of groups that anything happens to replays from its start', async () => {
    const client = new Client({ connection, dataConverter: { payloadCodecs: [packedPayloads] } });
    const random = seededRandom(seed + 1);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
    const play = async (index: number): Promise<void> => {
      const ref = { workspace: 'w', group: `g${index}${pick(['', 'c', 'r'])}` };
      const id = entityId(ref);
      const signal = (name: string, input: object = {}): Promise<unknown> =>
        client.workflow.signalWithStart('protectGroup', {
          ...{ workflowId: id, taskQueue: workflowQueue, args: [ref] },
          ...{ signal: name, signalArgs: [input] },
        });
      for (let count = 0; count < signalsPerGroup; count++) {
        const act = pick([
          () => signal('syncDue'),
          () => signal('syncNow'),
          () => signal('syncNow'),
          () => signal('syncNow'),
          () => signal('pause'),
          () => signal('resume'),
          () => signal('resume'),
          () => signal('failover', { to: pick(['secondary', 'secondary', 'primary']) }),
          () => signal('hurryUp'),
          () => client.workflow.getHandle(syncRunId(ref)).cancel(),
          () => client.workflow.getHandle(syncRunId(ref)).terminate(),
          () => client.workflow.getHandle(id).terminate(),
          () => client.workflow.getHandle(id).cancel(),
          () => client.workflow.getHandle(id).query('status'),
          () => client.workflow.getHandle(id).query('status'),
          () => client.workflow.getHandle(id).query('status'),
        ]);
        await act().catch((thrown: Error) => {
          if (!/not found|completed|closed before|timed out before/i.test(`${thrown.message} ${String(thrown.cause)}`))
            throw thrown;
        });
        await sleep(random() * (random() < 0.3 ? 1500 : 150));
      }
    };
    await Promise.all(Array.from({ length: groups }, (_, index) => play(index)));
    const folder = mkdtempSync(`${tmpdir()}/lakehouse-dr-replays-`);
    try {
      expect(await replayProblems(client, folder)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
