import { setTimeout as delay } from 'node:timers/promises';
import { CliError, exitCodes } from '../../client/exit.js';
import type { Io } from '../../client/io.js';
import { pairIsRunning } from './control-client.js';
import { askPair } from './pair-errors.js';

const stopLimitMs = 60_000;

/** `local down`: asks the pair to stop and waits until it has. */
export async function downPair(io: Io, { dir }: { readonly dir: string }): Promise<void> {
  if (!(await pairIsRunning(dir))) {
    io.out(`No local pair runs in ${dir}.\n`);
    return;
  }
  await askPair(dir, (pair) => pair.stop());
  const deadline = Date.now() + stopLimitMs;
  while (await pairIsRunning(dir)) {
    if (Date.now() > deadline) {
      const remedy = 'Look at the output of `local up`, and end that process.';
      throw new CliError(exitCodes.failed, `The pair in ${dir} has not stopped within a minute.`, remedy);
    }
    await delay(100);
  }
  io.out(`The pair in ${dir} is stopped.\n`);
}
