import { startBed } from './bed.js';
import type { GroupPlan } from './groups.js';
import { tablesOf } from './groups.js';
import type { Findings } from './measurement.js';
import { median } from './measurement.js';
import { busyMs, isClone, statementsSince } from './statements.js';

const group: GroupPlan = { name: 'latency', tableCount: 10 };

const rounds = 5;

/** Between two commits: the run lasts long enough for the group to wait for it, and short enough for looks each second. */
const stepDelayMs = 400;

/** All ten tables change. */
const oneRowEach = (round: number): string =>
  tablesOf(group)
    .map((table) => `INSERT INTO ${table} VALUES (${round}, 'round ${round}');`)
    .join('\n');

/**
 * From a run's end to its recovery point published, without the time in which clones ran: what the product itself costs
 * the recovery point. The group waits for the run when it ends, looking once a second.
 */
export async function latency(dir: string): Promise<Findings> {
  const bed = await startBed({ dir, groups: [group] });
  try {
    await bed.startWorker();
    const first = bed.run(group.name, oneRowEach(0));
    await first.ended;
    await bed.askForSync(group.name);
    await bed.untilPublished(group.name, first.runId);

    const seen = [];
    for (let round = 1; round <= rounds; round += 1) {
      const { runId, ended } = bed.run(group.name, oneRowEach(round), stepDelayMs);
      await bed.askForSync(group.name);
      await bed.untilStatus(group.name, 'waiting for the run', ({ phase }) => phase === 'waiting-for-run');
      const { endTime } = await ended;
      if (endTime === null) throw new Error(`Run ${runId} has no end.`);
      const { recoveryPoint } = await bed.untilPublished(group.name, runId);
      const publishedAt = Date.parse(recoveryPoint?.publishedAt ?? '');
      const statements = statementsSince(bed.stack, endTime);
      const totalMs = publishedAt - endTime;
      const clonesMs = busyMs(statements.filter(isClone), publishedAt);
      seen.push({ totalMs, clonesMs, ownMs: totalMs - clonesMs, statements: statements.length });
    }
    const worst = Math.max(...seen.map(({ ownMs }) => ownMs));
    return {
      measurements: [{ name: 'latency', measured: worst / 1000, target: 3, unit: 's' }],
      details: { tables: group.tableCount, medianSeconds: median(seen.map(({ ownMs }) => ownMs)) / 1000, rounds: seen },
    };
  } finally {
    await bed.end();
  }
}
