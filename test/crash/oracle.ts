/** What must be true after every death, whatever it hit: asked of the regions themselves, not of the product. */
import type { Region } from '../../src/domain/region.js';
import type { Stack } from '../../src/local/stack/stack.js';
import { differencesFrom, truthOf } from '../support/compare.js';
import { statementsSince } from '../support/requests.js';
import type { World } from '../support/world.js';

const ledger = 'abfss://dr-sync@secondarysync.dfs.core.windows.net/sync_ledger';

/** @returns a sentence per promise that does not hold; empty when all of them do */
export async function brokenPromises(
  world: World,
  runId: string,
  { logFrom, resubmits }: { readonly logFrom: number; readonly resubmits: number },
): Promise<string[]> {
  const { stack } = world;
  return [
    ...(await differencesFrom(stack, 'secondary', truthOf(stack, runId))),
    ...resubmitted(world, logFrom).slice(resubmits),
    ...liveStatements(world),
    ...(await ledgerProblems(world, runId)),
    ...stack.problems.map((problem) => `the local pair: ${String(problem)}`),
  ];
}

/** A clone that was submitted is found again, never submitted a second time: its bytes would be written twice. */
function resubmitted({ stack }: World, logFrom: number): string[] {
  const clones = statementsSince(stack, logFrom, /DEEP CLONE/);
  return clones.filter((sql, index) => clones.indexOf(sql) !== index).map((sql) => `submitted twice: ${sql}`);
}

function liveStatements({ stack }: World): string[] {
  return Object.values(stack.regions).flatMap(({ region, statements }) =>
    statements
      .history()
      .filter(({ isTerminal, submission }) => !isTerminal && submission.queryTags?.dr_group)
      .map(({ submission }) => `still alive in the ${region}: ${submission.sql}`),
  );
}

/** The ledger says each thing once: sent, then published, and of all events none twice. */
async function ledgerProblems({ stack }: World, runId: string): Promise<string[]> {
  const rows = await select(stack, 'secondary', `SELECT event_id, event, run_id, table_name FROM delta.\`${ledger}\``);
  const ids = rows.map(([eventId]) => String(eventId));
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
  const groupEvents = rows.filter(([, , run, table]) => run === runId && table === null).map(([, event]) => event);
  const count = (wanted: string): number => groupEvents.filter((event) => event === wanted).length;
  return [
    ...twice.map((id) => `twice in the ledger: ${id}`),
    ...['sent', 'published'].flatMap((event) =>
      count(event) === 1 ? [] : [`${count(event)} events ${event} of run ${runId} in the ledger`],
    ),
    ...(count('rolled_back') > 0 ? [`run ${runId} is in the ledger as rolled back`] : []),
  ];
}

/** Asks a region's own engine, as its admin. */
export async function select(stack: Stack, region: Region, sql: string): Promise<readonly (readonly unknown[])[]> {
  const { rows } = await stack.regions[region].engine.execute({
    sql,
    principal: 'admin',
    attribution: null,
    statementId: null,
    signal: new AbortController().signal,
  });
  return rows;
}
