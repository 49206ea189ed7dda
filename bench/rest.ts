import { setTimeout as sleep } from 'node:timers/promises';
import { inParallel } from '../src/domain/in-parallel.js';
import type { Bed } from './bed.js';
import { startBed } from './bed.js';
import type { GroupPlan } from './groups.js';
import { tablesOf } from './groups.js';
import type { Findings } from './measurement.js';
import { usageOf } from './process-usage.js';
import { statementsSince } from './statements.js';

const groups: readonly GroupPlan[] = Array.from({ length: 100 }, (_, index) => ({
  name: `rest_${index + 1}`,
  tableCount: 1,
}));
const intervalMinutes = 15;
const atOnce = 8;

/** What the first syncs left to do is over by then. */
const settleMs = 20_000;
const measuredMs = 120_000;

/** A worker with 100 protected groups, none of whose jobs runs: what it costs to be ready. */
export async function rest(dir: string): Promise<Findings> {
  const bed = await startBed({ dir, groups, intervalMinutes });
  try {
    const worker = await bed.startWorker();
    await inParallel(groups, atOnce, (group) => protect(bed, group));
    await sleep(settleMs);

    const before = usageOf(worker.pid);
    const startedAt = Date.now();
    const samples: number[] = [];
    while (Date.now() - startedAt < measuredMs) {
      await sleep(5_000);
      samples.push(usageOf(worker.pid).rssMegabytes);
    }
    const after = usageOf(worker.pid);
    const elapsedMs = Date.now() - startedAt;
    const looks = bed.stack.requestLog
      .entries()
      .filter(({ time, path }) => Date.parse(time) >= startedAt && path.includes('/jobs/runs/list'));
    return {
      measurements: [
        {
          name: 'rest cpu',
          measured: (100 * (after.cpuMs - before.cpuMs)) / elapsedMs,
          target: 3,
          unit: '% of a core',
        },
        { name: 'rest memory', measured: Math.max(...samples), target: 450, unit: 'MB' },
      ],
      details: {
        ...{ groups: groups.length, intervalMinutes, elapsedMs, ticks: looks.length },
        statements: statementsSince(bed.stack, startedAt).length,
        rssMegabytes: samples,
      },
    };
  } finally {
    await bed.end();
  }
}

async function protect(bed: Bed, group: GroupPlan): Promise<void> {
  const { runId, ended } = bed.run(group.name, `INSERT INTO ${tablesOf(group)[0]} VALUES (1, 'a');`);
  await ended;
  await bed.askForSync(group.name);
  await bed.untilPublished(group.name, runId);
}
