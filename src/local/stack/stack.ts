/**
 * The local region pair: two regions, their storage, a mail server and a Temporal dev server, assembled and started. Only
 * tests, the demo, benchmarks and the `local` commands import from here.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import type { Region } from '../../domain/region.js';
import { StorageMap } from '../catalog/storage-map.js';
import { MovableClock } from '../clock.js';
import { localDisk, withQueuedCopies } from '../delta/index.js';
import type { MailServer } from '../mail/mail-server.js';
import { startMailServer } from '../mail/mail-server.js';
import { startControlServer } from '../server/control-server.js';
import { FaultBoard } from '../server/faults.js';
import { RequestLog } from '../server/request-log.js';
import type { StorageCounters } from '../server/storage-faults.js';
import { newStorageCounters, wrapStorage } from '../server/storage-faults.js';
import { makeLocalTls } from '../server/tls.js';
import { findTemporalCli } from '../temporal/cli.js';
import type { TemporalDevServer } from '../temporal/dev-server.js';
import { startTemporalDevServer } from '../temporal/dev-server.js';
import { endLeftoverServer } from '../temporal/leftover-server.js';
import type { TrueRun } from '../truth/truth-log.js';
import { pairIsRunning } from './control-client.js';
import { controlRoutes } from './control-routes.js';
import { describeStack, storageEntries } from './describe-stack.js';
import { writeConfigFile } from './dr-config.js';
import { InputFiles } from './input-files.js';
import type { Layout } from './layout.js';
import { layoutOf, regions } from './layout.js';
import type { Ports } from './ports.js';
import { choosePorts } from './ports.js';
import type { StackRegion } from './region.js';
import { startRegion } from './region.js';
import { routedStorage } from './routed-storage.js';
import type { RunJobRequest, StartedRun } from './run-job.js';
import { runJobByName } from './run-job.js';
import type { StackFile } from './stack-file.js';
import { writeStackFile } from './stack-file.js';

export interface StackOptions {
  /** Everything lies below this folder; what an earlier pair left there is kept and used. */
  readonly dir: string;
  /** Whether to start a Temporal dev server, too, and whether its state outlives it: a database file makes it slower. */
  readonly temporal: 'none' | 'in-memory' | 'kept';
  /** Value of TEMPORAL_CLI_PATH, where it is set. */
  readonly temporalCliPath?: string | undefined;
  /** Settings of the Temporal dev server, by name in Temporal's dynamic config. */
  readonly temporalSettings?: Readonly<Record<string, number>>;
  /** Default: those of the earlier pair in this folder where they are free, else any free ones. */
  readonly ports?: Partial<Ports>;
  /** The pair's time from its first moment on; default the system's, until somebody moves it. */
  readonly clock?: MovableClock;
  /** Text of a job task's SQL file, by the task's path; default the files of the samples. */
  readonly readScript?: (path: string) => Promise<string>;
  /** Told of what goes wrong in the background; collected in `problems` in any case. */
  readonly report?: (error: unknown) => void;
}

/** A running pair, for those in the same process. */
export interface Stack {
  readonly dir: string;
  readonly regions: Readonly<Record<Region, StackRegion>>;
  readonly faults: FaultBoard;
  readonly requestLog: RequestLog;
  readonly clock: MovableClock;
  readonly storageMap: StorageMap;
  /** What went through each region's storage so far, both regions' statements together. */
  readonly storageCounters: Readonly<Record<Region, StorageCounters>>;
  readonly mail: MailServer;
  readonly temporal: TemporalDevServer | null;
  /** What stands in `stack.json`. */
  readonly file: StackFile;
  /** Errors of the pair itself that nobody was there to catch. */
  readonly problems: readonly unknown[];
  /** Starts a run of a job by name. @throws BackendError for an unknown job or task, or a region that is down */
  runJob(request: RunJobRequest): StartedRun;
  /** Truth of both regions, in the order of the runs' ends. */
  truth(): readonly TrueRun[];
  /** Ends everything in order. The folder stays. */
  stop(): Promise<void>;
  /** Resolves when the pair was stopped, by `stop` or from outside (`local down`). */
  readonly stopped: Promise<void>;
}

/**
 * Starts the pair; resolves when everything answers and `stack.json` is written.
 * @throws Error when a pair runs in the folder already, a port is taken, or no Temporal CLI is to be had
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const layout = layoutOf(options.dir);
  if (await pairIsRunning(layout.root)) {
    throw new Error(
      `A local pair runs in ${layout.root} already. Stop it with \`lakehouse-dr local down\`, or name another --dir.`,
    );
  }
  mkdirSync(layout.root, { recursive: true, mode: 0o700 });
  const running: Stoppable[] = [];
  try {
    return await assemble(options, layout, running);
  } catch (error) {
    await stopAll(running);
    throw error;
  }
}

/** Keeps two cores busy, and leaves threads of Node's for all other access to files. */
const copiesAtOnce = 2;

interface Stoppable {
  stop(): Promise<void>;
}

/** Last started, first stopped. */
async function stopAll(running: readonly Stoppable[]): Promise<void> {
  for (const each of running.toReversed()) await each.stop();
}

async function assemble(options: StackOptions, layout: Layout, running: Stoppable[]): Promise<Stack> {
  const problems: unknown[] = [];
  const report = (error: unknown): void => {
    problems.push(error);
    options.report?.(error);
  };
  const ports = await choosePorts(layout.portsFile, options.ports ?? {});
  const keep = <T extends Stoppable>(part: T): T => {
    running.push(part);
    return part;
  };

  const temporal = options.temporal !== 'none' ? keep(await startTemporal(options, layout, ports)) : null;
  const mail = keep(await startMailServer(layout.mailDir, ports.smtp));
  const clock = options.clock ?? new MovableClock();
  const faults = new FaultBoard();
  const requestLog = new RequestLog(layout.requestLog);
  keep({ stop: async () => requestLog.close() });
  const storageMap = new StorageMap(storageEntries(layout));
  const storageCounters = { primary: newStorageCounters(), secondary: newStorageCounters() };
  const disk = withQueuedCopies(localDisk, copiesAtOnce);
  const storage = routedStorage(
    Object.fromEntries(
      regions.map((region) => [
        layout.storageFolder(region),
        wrapStorage(disk, faults, region, storageCounters[region]),
      ]),
    ),
  );
  const tls = await makeLocalTls();
  writeFileSync(layout.caCertFile, tls.caPem);
  const inputs = new InputFiles(layout);
  const onRecorded = (): void => inputs.topUp();
  const { readScript } = options;
  const common = {
    ...{ layout, storageMap, storage, clock, faults, requestLog, tls, onRecorded, report },
    ...(readScript && { readScript }),
  };
  const pair = {
    primary: keep(await startRegion({ ...common, region: 'primary', port: ports.primary })),
    secondary: keep(await startRegion({ ...common, region: 'secondary', port: ports.secondary })),
  };

  const truth = (): readonly TrueRun[] =>
    regions.flatMap((region) => pair[region].truth.runs()).toSorted((a, b) => a.endTime.localeCompare(b.endTime));
  const runJob = (request: RunJobRequest): StartedRun => runJobByName(pair, request);
  const { stop, stopped } = stopOnce(async () => {
    rmSync(layout.stackFile, { force: true });
    await stopAll(running);
  });
  const findRun = (region: Region, runId: string) => pair[region].jobs.run(runId);
  const control = await startControlServer(controlRoutes({ faults, runJob, findRun, truth, stop }));
  keep({ stop: () => control.close() });

  const file = describeStack(layout, { regions: pair, mail, temporal, control });
  writeConfigFile(layout.configFile, { primary: pair.primary.url, secondary: pair.secondary.url });
  writeStackFile(layout.stackFile, file);
  return {
    ...{ dir: layout.root, regions: pair, faults, requestLog, clock, storageMap, mail, temporal, file, problems },
    storageCounters,
    ...{ runJob, truth, stop, stopped },
  };
}

async function startTemporal(options: StackOptions, layout: Layout, ports: Ports): Promise<TemporalDevServer> {
  await endLeftoverServer(layout.temporalPidFile, layout.temporalDatabase);
  return await startTemporalDevServer({
    cli: findTemporalCli(options.temporalCliPath),
    ...(options.temporal === 'kept' && { databaseFile: layout.temporalDatabase }),
    pidFile: layout.temporalPidFile,
    port: ports.temporal,
    uiPort: ports.temporalUi,
    dynamicConfig: options.temporalSettings ?? {},
  });
}

/** A stop that happens once, however often it is asked for, and a promise of its end for those who only watch. */
function stopOnce(work: () => Promise<void>): { stop: () => Promise<void>; stopped: Promise<void> } {
  let begin: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => {
    begin = resolve;
  }).then(work);
  return {
    stop() {
      begin();
      return stopped;
    },
    stopped,
  };
}
