import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { Client, Connection } from '@temporalio/client';
import { programs } from '../demo/programs.js';
import { until } from '../demo/until.js';
import { askStatus } from '../src/client/ask-status.js';
import { processVariables } from '../src/config/index.js';
import type { GroupStatus } from '../src/domain/status.js';
import type { RunRecord } from '../src/local/server/backends.js';
import { workspaceName } from '../src/local/stack/layout.js';
import type { Stack } from '../src/local/stack/stack.js';
import { startStack } from '../src/local/stack/stack.js';
import { findTemporalCli } from '../src/local/temporal/cli.js';
import { packageFolder } from '../src/worker/bundle-path.js';
import type { protectGroup } from '../src/workflows/index.js';
import { entityId, signals } from '../src/workflows/messages.js';
import type { GroupPlan } from './groups.js';
import { configureGroups, createGroups, scriptOf } from './groups.js';

/** The product's worker in a process of its own. */
export interface WorkerProcess {
  readonly pid: number;
  /** SIGKILL: no shutdown, no flush. */
  kill(): Promise<void>;
  /** SIGTERM. */
  stop(): Promise<void>;
}

/** Everything that a benchmark works with: the local pair in this process, Temporal and a worker in their own. */
export interface Bed {
  readonly stack: Stack;
  readonly client: Client;
  /** Resolves when the worker answers for the groups. */
  startWorker(): Promise<WorkerProcess>;
  /** Runs the group's job with these statements. @throws Error when the run does not succeed */
  run(group: string, sql: string, stepDelayMs?: number): { readonly runId: string; readonly ended: Promise<RunRecord> };
  /** Asks for a sync now. */
  askForSync(group: string, requestId?: string): Promise<void>;
  /** Lets the group's Schedule fire once. */
  tick(group: string): Promise<void>;
  /** The status once it is as wanted. @throws Error when that does not come about in time */
  untilStatus(group: string, what: string, wanted: (status: GroupStatus) => boolean): Promise<GroupStatus>;
  /** The status once this run is what readers of the target see. */
  untilPublished(group: string, runId: string): Promise<GroupStatus>;
  end(): Promise<void>;
}

export interface BedOptions {
  readonly dir: string;
  readonly groups: readonly GroupPlan[];
  /** Default a day: benchmarks ask for their syncs themselves. */
  readonly intervalMinutes?: number;
  /** How long a status is waited for; default five minutes. */
  readonly limitMs?: number;
}

const dayMinutes = 1440;
const defaultLimitMs = 300_000;

/** Starts pair and Temporal, creates the groups and applies them. The worker is up to the benchmark. */
export async function startBed(options: BedOptions): Promise<Bed> {
  const { dir, groups, intervalMinutes = dayMinutes, limitMs = defaultLimitMs } = options;
  await rm(dir, { recursive: true, force: true });
  const named = processVariables().TEMPORAL_CLI_PATH;
  const scripts = new Map<string, string>();
  const stack = await startStack({
    dir: join(dir, 'pair'),
    temporal: 'in-memory',
    temporalCliPath: named,
    readScript: async (path) => scripts.get(path) ?? '',
  });
  await createGroups(stack, groups);
  configureGroups(stack.file.config, groups, intervalMinutes);
  const variables = { ...processVariables(), ...stack.file.env };
  await programs(variables, findTemporalCli(named)).dr('apply');

  const connection = await Connection.connect({ address: stack.file.temporal?.address ?? '' });
  const client = new Client({ connection });
  const idOf = (group: string): string => entityId({ workspace: workspaceName, group });
  const entity = (group: string): WorkflowHandle<typeof protectGroup> => client.workflow.getHandle(idOf(group));
  const ask = (group: string) => askStatus(client, { workspace: workspaceName, group });
  const untilStatus: Bed['untilStatus'] = (group, what, wanted) =>
    until(
      what,
      async () => {
        const answer = await ask(group);
        return answer.kind === 'status' && wanted(answer.status) ? answer.status : null;
      },
      limitMs,
    );
  const workers: WorkerProcess[] = [];

  return {
    stack,
    client,
    untilStatus,
    async startWorker() {
      const worker = startWorkerProcess(variables, join(dir, `worker-${workers.length}.log`));
      workers.push(worker);
      for (const { name } of groups) await untilStatus(name, `a worker for ${name}`, () => true);
      return worker;
    },
    run(group, sql, stepDelayMs = 0) {
      scripts.set(scriptOf(group), sql);
      const { runId, ended } = stack.runJob({ job: group, stepDelayMs });
      return { runId, ended: ended.then(succeeded) };
    },
    askForSync: (group, requestId) =>
      entity(group).signal(signals.syncNow, requestId === undefined ? {} : { requestId }),
    tick: (group) => client.schedule.getHandle(idOf(group)).trigger(),
    untilPublished: (group, runId) =>
      untilStatus(group, `run ${runId} published`, ({ recoveryPoint }) => recoveryPoint?.runId === runId),
    async end() {
      for (const worker of workers) await worker.kill();
      await connection.close();
      await stack.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function succeeded(run: RunRecord): RunRecord {
  if (run.state.result === 'SUCCESS') return run;
  const why = run.tasks.map((task) => task.state.message).join('; ');
  throw new Error(`Run ${run.runId} of ${run.runName} ended ${run.state.result}: ${why}`);
}

function startWorkerProcess(env: Readonly<Record<string, string | undefined>>, logFile: string): WorkerProcess {
  const main = join(packageFolder(), 'dist', 'src', 'bin', 'lakehouse-dr.js');
  const child = spawn(process.execPath, [main, 'worker'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  child.stderr.pipe(createWriteStream(logFile));
  if (child.pid === undefined) throw new Error('The worker process was not started.');
  return { pid: child.pid, kill: () => end(child, 'SIGKILL'), stop: () => end(child, 'SIGTERM') };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill(signal);
  await closed;
}
