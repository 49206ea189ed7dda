import { until } from '../demo/until.js';
import type { Bed } from './bed.js';
import { startBed } from './bed.js';
import type { GroupPlan } from './groups.js';
import { tablesOf } from './groups.js';
import { bytesWithAndWithoutKill, killGroups } from './killed-clone.js';
import type { Findings } from './measurement.js';
import { statementsSince } from './statements.js';

const group: GroupPlan = { name: 'overheads', tableCount: 10 };

/** DETAIL and HISTORY: of the source for its version, of the target before any is replaced; of staging, whether it is intact. */
const looksPerTable = 5;
/**
 * The ledger: its take-overs, its baselines, its points, its failures, and right before the publish its switches; `sent` and
 * `published`, each after a look whether it is there; both of them in the source region's, after one more look.
 */
const ledgerStatements = 11;
/** To staging a look, a clone, a look, and one more at the source; to the target a clone and a look; then staging's history and two schemas. */
const statementsPerClonedTable = 9;
const quietMs = 3_000;

/** What the product asks of the warehouses beside the clones themselves, and what a killed worker costs in bytes. */
export async function overheads(dir: string): Promise<Findings> {
  const bed = await startBed({ dir, groups: [group, ...killGroups] });
  try {
    const worker = await bed.startWorker();
    await published(
      bed,
      tablesOf(group)
        .map((table) => `INSERT INTO ${table} VALUES (1, 'first');`)
        .join('\n'),
    );
    const tick = await statementsOfTick(bed);
    const unchanged = await published(bed, 'SELECT 1;');
    const oneTable = await published(bed, `INSERT INTO ${tablesOf(group)[0]} VALUES (2, 'second');`);
    const bytes = await bytesWithAndWithoutKill(bed, worker);
    const unchangedTarget = looksPerTable * group.tableCount + ledgerStatements;
    return {
      measurements: [
        { name: 'tick without a new run', measured: tick, target: 0, unit: 'statements' },
        { name: 'run that changed nothing', measured: unchanged.length, target: unchangedTarget, unit: 'statements' },
        {
          name: 'run that changed one small table',
          measured: oneTable.length,
          target: unchangedTarget + statementsPerClonedTable,
          unit: 'statements',
        },
        { name: 'bytes with a kill -9 in mid-clone', measured: bytes.ratio, target: 1.005, unit: 'times' },
      ],
      details: { tables: group.tableCount, bytes, statements: { unchanged, oneTable } },
    };
  } finally {
    await bed.end();
  }
}

/** Runs the job and syncs it. @returns the statements of the sync, by region and first words */
async function published(bed: Bed, sql: string): Promise<readonly string[]> {
  const { runId, ended } = bed.run(group.name, sql);
  await ended;
  const startedAt = Date.now();
  await bed.askForSync(group.name);
  await bed.untilPublished(group.name, runId);
  await bed.untilStatus(group.name, 'the end of the sync', ({ phase }) => phase === 'idle');
  await untilQuiet(bed);
  return statementsSince(bed.stack, startedAt).map(({ region, sql: text }) => `${region}: ${text.slice(0, 90)}`);
}

/** Until no statement was made for some seconds: a new group compares its two ledgers once, after its first sync. */
const untilQuiet = (bed: Bed): Promise<true> =>
  until('the end of what follows a sync', () =>
    statementsSince(bed.stack, Date.now() - quietMs).length ? null : true,
  );

async function statementsOfTick(bed: Bed): Promise<number> {
  const startedAt = Date.now();
  await bed.tick(group.name);
  await until('the look at the job', () =>
    bed.stack.requestLog
      .entries()
      .some(({ time, path }) => Date.parse(time) >= startedAt && path.includes('/jobs/runs/list'))
      ? true
      : null,
  );
  // The group does one thing after the other: what was asked for behind the tick is done when the tick is.
  await bed.askForSync(group.name, 'behind-the-tick');
  await bed.untilStatus(group.name, 'the answer behind the tick', ({ requests }) =>
    requests.some(({ id, outcome }) => id === 'behind-the-tick' && outcome !== 'accepted'),
  );
  return statementsSince(bed.stack, startedAt).length;
}
