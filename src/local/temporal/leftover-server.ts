import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const endLimitMs = 10_000;

/**
 * Ends the dev server of a pair whose own process was killed: it would go on writing to the database that the next one
 * is to open. Only a process that names this very database in its command line is taken for it; ids are used again.
 * @throws Error when it does not end
 */
export async function endLeftoverServer(pidFile: string, databaseFile: string): Promise<void> {
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8'));
  if (serves(pid, databaseFile)) {
    process.kill(pid, 'SIGTERM');
    const deadline = Date.now() + endLimitMs;
    while (serves(pid, databaseFile)) {
      if (Date.now() > deadline) {
        throw new Error(
          `A Temporal dev server of an earlier pair (process ${pid}) does not end. End it and try again.`,
        );
      }
      await delay(50);
    }
  }
  rmSync(pidFile);
}

function serves(pid: number, databaseFile: string): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
  return Number.isInteger(pid) && (stdout ?? '').includes(databaseFile);
}
