/** What must be true after every death, whatever it hit: asked of the regions themselves, not of the product. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Region } from '../../src/domain/region.js';
import { differencesFrom, truthOf } from '../support/compare.js';
import { execute } from '../support/sql.js';
import type { World } from '../support/world.js';

const ledgerOf = (region: Region): string => `abfss://dr-sync@${region}sync.dfs.core.windows.net/sync_ledger`;

/** What a sync could not tell the ledger of its source its entity copies there right after it. */
const copiedWithinMs = 60_000;

/** @returns a sentence per promise that does not hold; empty when all of them do */
export async function brokenPromises(world: World, runId: string): Promise<string[]> {
  const { stack } = world;
  return [
    ...(await differencesFrom(stack, 'secondary', truthOf(stack, runId))),
    ...writtenTwice(world),
    ...liveStatements(world),
    ...(await ledgerProblems(world, 'secondary', runId)),
    ...(await differingLedgers(world)),
    ...(await ledgerProblems(world, 'primary', runId)),
    ...stack.problems.map((problem) => `the local pair: ${String(problem)}`),
  ];
}

/** A clone is found again by whoever comes next; one that succeeded twice has written its bytes twice. */
function writtenTwice({ stack }: World): string[] {
  const clones = Object.values(stack.regions).flatMap(({ statements }) =>
    statements
      .history()
      .flatMap(({ state, submission: { sql } }) => (state === 'SUCCEEDED' && / DEEP CLONE /.test(sql) ? [sql] : [])),
  );
  return clones.filter((sql, index) => clones.indexOf(sql) !== index).map((sql) => `written twice: ${sql}`);
}

export function liveStatements({ stack }: World): string[] {
  return Object.values(stack.regions).flatMap(({ region, statements }) =>
    statements
      .history()
      .filter(({ isTerminal, submission }) => !isTerminal && submission.queryTags?.dr_group)
      .map(({ submission }) => `still alive in the ${region}: ${submission.sql}`),
  );
}

/** The ledger says each thing once: sent, then published, and of all events none twice. */
async function ledgerProblems({ stack }: World, region: Region, runId: string): Promise<string[]> {
  const rows = await execute(
    stack,
    region,
    `SELECT event_id, event, run_id, table_name FROM delta.\`${ledgerOf(region)}\``,
  );
  const ids = rows.map(([eventId]) => String(eventId));
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
  const groupEvents = rows.filter(([, , run, table]) => run === runId && table === null).map(([, event]) => event);
  const count = (wanted: string): number => groupEvents.filter((event) => event === wanted).length;
  const where = `in the ledger of the ${region}`;
  return [
    ...twice.map((id) => `twice ${where}: ${id}`),
    ...['sent', 'published'].flatMap((event) =>
      count(event) === 1 ? [] : [`${count(event)} events ${event} of run ${runId} ${where}`],
    ),
    ...(count('rolled_back') > 0 ? [`run ${runId} is ${where} as rolled back`] : []),
  ];
}

/** Each region's ledger gets what the other one has. */
async function differingLedgers({ stack }: World): Promise<string[]> {
  const idsIn = async (region: Region): Promise<Set<string>> =>
    new Set((await execute(stack, region, `SELECT event_id FROM delta.\`${ledgerOf(region)}\``)).flat().map(String));
  const deadline = Date.now() + copiedWithinMs;
  for (;;) {
    const [primary, secondary] = [await idsIn('primary'), await idsIn('secondary')];
    const differing = [
      ...[...primary].filter((id) => !secondary.has(id)),
      ...[...secondary].filter((id) => !primary.has(id)),
    ];
    if (differing.length === 0) return [];
    if (Date.now() > deadline) return differing.map((id) => `in one ledger only: ${id}`);
    await sleep(500);
  }
}
