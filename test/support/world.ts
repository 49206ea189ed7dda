/**
 * A world to test in: the local region pair, a Temporal dev server, the product's own command line and worker as a user
 * starts them. One per test file; everything lies in a temporary folder and ends with `end()`.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { Client, Connection, ServiceError } from '@temporalio/client';
import { until } from '../../demo/until.js';
import type { GroupStatus } from '../../src/domain/status.js';
import { MovableClock } from '../../src/local/clock.js';
import type { Stack } from '../../src/local/stack/stack.js';
import { startStack } from '../../src/local/stack/stack.js';
import { findTemporalCli } from '../../src/local/temporal/cli.js';
import { packageFolder } from '../../src/worker/bundle-path.js';
import type { protectGroup } from '../../src/workflows/index.js';
import { entityId, statusQuery } from '../../src/workflows/messages.js';

export const workspace = 'dr_test_eastus2_databricks';

type Json = Record<string, unknown>;

export interface Output {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface WorkerProcess {
  readonly child: ChildProcess;
  /** SIGKILL: no shutdown, no flush. */
  kill(): Promise<void>;
  /** SIGTERM. */
  stop(): Promise<void>;
}

export interface World {
  readonly stack: Stack;
  readonly dir: string;
  readonly client: Client;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly temporalCli: string;
  /** Runs `lakehouse-dr …` to its end, whatever its exit code. */
  dr(...args: readonly string[]): Promise<Output>;
  /** The same with other environment variables on top of the world's. */
  drWith(changes: World['variables'], ...args: readonly string[]): Promise<Output>;
  /** Runs the real Temporal CLI. */
  temporal(...args: readonly string[]): Promise<Output>;
  startWorker(...args: readonly string[]): WorkerProcess;
  /** The group's entity. */
  entity(group: string): WorkflowHandle<typeof protectGroup>;
  status(group: string): Promise<GroupStatus>;
  /** Waits until the status is as wanted. @throws Error with the last status when it does not come about in time */
  untilStatus(
    group: string,
    what: string,
    wanted: (status: GroupStatus) => boolean,
    limitMs?: number,
  ): Promise<GroupStatus>;
  end(): Promise<void>;
}

export interface WorldOptions {
  /** `kept` for a Temporal server that is to be restarted. Default: in memory, which is faster. */
  readonly temporal?: 'in-memory' | 'kept';
  /** Changes the ready config before anything reads it. Default: a tick a day, so that tests ask for syncs. */
  readonly config?: (config: Json, workspace: Json, groups: Json[]) => void;
  /** How long ago the pair believes to be created. Moving its clock back later would leave its tables in the future. */
  readonly createdAgoMs?: number;
  /** The server suggests to continue as new after so many events; default its own, thousands. */
  readonly continueAfterEvents?: number;
}

/** Starts the pair and the Temporal dev server. `apply` and a worker are up to the test. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const { temporal = 'in-memory', config: change, continueAfterEvents, createdAgoMs = 0 } = options;
  const dir = mkdtempSync(join(tmpdir(), 'lakehouse-dr-test-'));
  const named = process.env.TEMPORAL_CLI_PATH;
  const clock = new MovableClock();
  clock.advance(-createdAgoMs);
  const stack = await startStack({
    dir: join(dir, 'pair'),
    temporal,
    clock,
    temporalCliPath: named,
    ...(continueAfterEvents && {
      temporalSettings: { 'limit.historyCount.suggestContinueAsNew': continueAfterEvents },
    }),
  });
  rewriteConfig(stack.file.config, change);

  const temporalCli = findTemporalCli(named);
  const variables = { ...process.env, ...stack.file.env };
  const address = stack.file.temporal?.address ?? '';
  const connection = await Connection.connect({ address });
  const client = new Client({ connection });
  const main = join(packageFolder(), 'dist', 'src', 'bin', 'lakehouse-dr.js');
  const workers = new Set<WorkerProcess>();

  const entity = (group: string) => client.workflow.getHandle<typeof protectGroup>(entityId({ workspace, group }));
  const status = (group: string) => entity(group).query(statusQuery);

  return {
    stack,
    dir,
    client,
    variables,
    temporalCli,
    dr: (...args) => run(process.execPath, [main, ...args], variables),
    drWith: (changes, ...args) => run(process.execPath, [main, ...args], { ...variables, ...changes }),
    temporal: (...args) => run(temporalCli, args, variables),
    startWorker(...args) {
      const worker = startWorkerProcess(main, args, variables, join(dir, `worker-${workers.size}.log`));
      workers.add(worker);
      return worker;
    },
    entity,
    status,
    async untilStatus(group, what, wanted, limitMs = 60_000) {
      let last: GroupStatus | null = null;
      // While a worker starts, or the machine is stalled, no query is answered: that is not the end of the waiting.
      const statusOrSilence = (): Promise<GroupStatus | null> =>
        status(group).catch((thrown: unknown) => {
          if (thrown instanceof ServiceError) return null;
          throw thrown;
        });
      try {
        return await until(
          what,
          async () => {
            last = await statusOrSilence();
            return last !== null && wanted(last) ? last : null;
          },
          limitMs,
        );
      } catch (thrown) {
        throw new Error(`${String(thrown)}; the last status was ${JSON.stringify(last)}`, { cause: thrown });
      }
    },
    async end() {
      for (const worker of workers) await worker.kill();
      await connection.close();
      await stack.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function rewriteConfig(file: string, change: WorldOptions['config']): void {
  const config = JSON.parse(readFileSync(file, 'utf8')) as { workspaces: [Json & { sync_groups: Json[] }] };
  const [first] = config.workspaces;
  first.sync_interval_mins = 1440;
  change?.(config, first, first.sync_groups);
  writeFileSync(file, JSON.stringify(config, null, 2));
}

function startWorkerProcess(
  main: string,
  args: readonly string[],
  env: World['variables'],
  logFile: string,
): WorkerProcess {
  const child = spawn(process.execPath, [main, 'worker', ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  child.stderr.pipe(createWriteStream(logFile));
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    child.kill(signal);
    await closed;
  };
  return { child, kill: () => end('SIGKILL'), stop: () => end('SIGTERM') };
}

async function run(file: string, args: readonly string[], env: World['variables']): Promise<Output> {
  const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}
