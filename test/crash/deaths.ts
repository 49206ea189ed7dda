/** One death or fault at one point of a sync, and what became of it. */
import type { Fault } from '../../src/local/server/faults.js';
import type { CallWatch } from './calls.js';
import type { CrashWorld } from './crash-world.js';
import type { Verdict } from './grpc-proxy.js';
import { brokenPromises } from './oracle.js';

export type Point =
  /** The worker is killed as it reports this step's end. */
  | { readonly at: 'step'; readonly name: string; readonly how: Exclude<Verdict, 'pass'> }
  /** The Temporal server is killed as it is told of this step's end, and started again with the database it left. */
  | { readonly at: 'server'; readonly name: string; readonly how: Exclude<Verdict, 'pass'> }
  /** A call to a region is answered by a fault; `kill`: it does its work while the worker dies. */
  | { readonly at: 'call'; readonly name: string; readonly how: 'kill' | 'drop-response' | '503' }
  /** Something happens to a statement of this hop in its warehouse. */
  | { readonly at: 'statement'; readonly name: 'send' | 'receive'; readonly how: 'die-half-way' | 'orphan' }
  /** A part of a region is dark for a while from the first clone on. */
  | { readonly at: 'outage'; readonly name: string; readonly how: 'control' | 'warehouse' | 'storage' };

export interface Death {
  readonly point: Point;
  /** Whether the point was reached at all: a matrix of points that nothing passes proves nothing. */
  readonly struck: boolean;
  readonly problems: readonly string[];
  readonly seconds: number;
}

export const pointText = ({ at, name, how }: Point): string => `${at} ${name}: ${how}`;

/** Runs the job, syncs, strikes at the point, lets a new worker take up the work, and asks the oracle. */
export async function die(crash: CrashWorld, calls: CallWatch, point: Point): Promise<Death> {
  const startedAt = Date.now();
  const { world } = crash;
  const runId = await crash.runJob();
  const strike = armed(crash, calls, point);
  const problems: string[] = [];
  try {
    await crash.askForSync();
    await crash.untilPublished(runId);
    await strike.recovered();
  } catch (thrown) {
    problems.push(String(thrown));
  }
  const struck = strike.struck();
  disarm(crash, calls);
  // Of a run that was never published the oracle has nothing to say.
  if (problems.length === 0) problems.push(...(await brokenPromises(world, runId)));
  return { point, struck, problems, seconds: secondsSince(startedAt) };
}

interface Strike {
  struck(): boolean;
  /** Resolves when what was killed is there again. */
  recovered(): Promise<void>;
}

function armed(crash: CrashWorld, calls: CallWatch, point: Point): Strike {
  let struck = false;
  let replaced: Promise<void> = Promise.resolve();
  const replaceWorker = (): void => {
    replaced = crash.killWorker().then(() => crash.startWorker());
  };
  const once = (strike: () => void): void => {
    if (struck) return;
    struck = true;
    strike();
  };
  const { faults } = crash.world.stack;
  switch (point.at) {
    case 'step':
    case 'server': {
      const seen = new Map<string, number>();
      crash.proxy.judge = (step) => {
        const count = (seen.get(step) ?? 0) + 1;
        seen.set(step, count);
        const name = count === 1 ? step : `${step} #${count}`;
        if (struck || name !== point.name) return 'pass';
        struck = true;
        return point.how;
      };
      crash.proxy.strike = async () => {
        if (point.at === 'step') replaceWorker();
        else replaced = crash.restartServer();
        await replaced;
      };
      break;
    }
    case 'call':
      calls.reset();
      calls.strike = (name) => {
        if (struck || name !== point.name) return null;
        struck = true;
        if (point.how === 'kill') replaceWorker();
        return callFault(point.how);
      };
      break;
    case 'statement': {
      const region = point.name === 'send' ? 'primary' : 'secondary';
      faults.set(region, 'warehouse', {
        kind: point.how,
        only: 'DEEP CLONE',
        times: 1,
        ...(point.how === 'orphan' ? { delayMs: 3000 } : {}),
      });
      return { struck: () => faults.hits(region, 'warehouse') > 0, recovered: () => replaced };
    }
    case 'outage': {
      const region = point.name === 'primary' ? 'primary' : 'secondary';
      calls.reset();
      calls.strike = (name) => {
        if (!name.startsWith(region) || !name.includes('DEEP CLONE')) return null;
        once(() => {
          faults.set(region, point.how, { kind: 'outage' });
          replaced = new Promise((resolve) => setTimeout(resolve, outageMs)).then(() => crash.heal());
        });
        return null;
      };
      break;
    }
  }
  return { struck: () => struck, recovered: () => replaced };
}

const outageMs = 5000;

const callFault = (how: 'kill' | 'drop-response' | '503'): Fault =>
  how === '503' ? { kind: 'http', status: 503, rate: 1 } : { kind: 'drop-response' };

function disarm(crash: CrashWorld, calls: CallWatch): void {
  crash.proxy.judge = () => 'pass';
  calls.strike = () => null;
  crash.heal();
}

const secondsSince = (ms: number): number => Math.round((Date.now() - ms) / 1000);
