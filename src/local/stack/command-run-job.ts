import { setTimeout as delay } from 'node:timers/promises';
import { CliError, exitCodes } from '../../client/exit.js';
import type { Io } from '../../client/io.js';
import type { ControlClient } from './control-client.js';
import type { RunAnswer } from './control-routes.js';
import { askPair } from './pair-errors.js';

export interface RunJobOptions {
  readonly dir: string;
  readonly region: 'primary' | 'secondary';
  readonly wait?: boolean;
  readonly failAt?: string;
  readonly stepDelay?: number;
}

const lookEveryMs = 100;

/** `local run-job`: prints the run's id at once; with `--wait` the exit code tells how it ended. */
export async function runJob(io: Io, job: string, options: RunJobOptions): Promise<void> {
  const { dir, region, failAt, stepDelay } = options;
  await askPair(dir, async (pair) => {
    const { runId } = await pair.runJob({
      job,
      region,
      ...(failAt !== undefined && { failAt }),
      ...(stepDelay !== undefined && { stepDelayMs: stepDelay }),
    });
    io.out(`${runId}\n`);
    if (options.wait !== true) return;
    const run = await untilEnded(pair, region, runId);
    if (run.result === 'SUCCESS') return;
    const how = run.result ?? run.lifeCycle;
    throw new CliError(
      exitCodes.failed,
      `Run ${runId} of ${job} ended ${how}: ${run.message}`,
      'See `lakehouse-dr local truth`.',
    );
  });
}

async function untilEnded(pair: ControlClient, region: string, runId: string): Promise<RunAnswer> {
  let run = await pair.run(region, runId);
  while (run.active) {
    await delay(lookEveryMs);
    run = await pair.run(region, runId);
  }
  return run;
}
