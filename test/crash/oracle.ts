/** What must be true after every death, whatever it hit: asked of the regions themselves, not of the product. */
import { differencesFrom, truthOf } from '../support/compare.js';
import { execute } from '../support/sql.js';
import type { World } from '../support/world.js';

const ledger = 'abfss://dr-sync@secondarysync.dfs.core.windows.net/sync_ledger';

/** @returns a sentence per promise that does not hold; empty when all of them do */
export async function brokenPromises(world: World, runId: string): Promise<string[]> {
  const { stack } = world;
  return [
    ...(await differencesFrom(stack, 'secondary', truthOf(stack, runId))),
    ...writtenTwice(world),
    ...liveStatements(world),
    ...(await ledgerProblems(world, runId)),
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
async function ledgerProblems({ stack }: World, runId: string): Promise<string[]> {
  const rows = await execute(stack, 'secondary', `SELECT event_id, event, run_id, table_name FROM delta.\`${ledger}\``);
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
