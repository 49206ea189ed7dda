/**
 * Witnesses from outside: delta-rs reads what the product's syncs left behind, Databricks' own Python clients talk to
 * the regions that it ran against. Both would notice a pair, or a proof, that only agrees with itself.
 */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leftBehind, tablesAfter } from '../../demo/left-behind.js';
import { differencesFrom, truthOf } from '../support/compare.js';
import { differencesAtTheEnd, differencesOfPublished, readLedger } from '../support/judge-left-behind.js';
import { askJudge, judgesPython } from '../support/judges.js';
import type { World } from '../support/world.js';
import { startWorld } from '../support/world.js';

const group = 'sample_workflow_1';
const gold = 'dr_test_catalog.main.workflow_1_gold';
const python = judgesPython();

let world: World;
let runIds: readonly string[] = [];

/** Two syncs: the second one replaces clones by clones. */
beforeAll(async () => {
  world = await startWorld();
  expect(await world.dr('apply')).toMatchObject({ code: 0 });
  world.startWorker();
  for (let sync = 0; sync < 2; sync++) {
    const { runId, ended } = world.stack.runJob({ job: group });
    await ended;
    runIds = [...runIds, runId];
    const output = await world.dr('sync', group, '--wait');
    expect(output, output.stderr).toMatchObject({ code: 0 });
  }
}, 360_000);

afterAll(() => world?.end(), 60_000);

const lastRun = () => truthOf(world.stack, runIds.at(-1) ?? '');

const ask = (program: string, question: object, env?: NodeJS.ProcessEnv): Promise<unknown> =>
  askJudge(python, fileURLToPath(new URL(program, import.meta.url)), question, env);

/** As the demo leaves it; at the end, the secondary has what the last run left in the primary. */
const left = () => leftBehind(world.stack, group, tablesAfter(lastRun(), world.stack.file.tables.primary));

const changeOneRow = async (): Promise<void> => {
  const execute = (sql: string) =>
    world.stack.regions.secondary.engine.execute({
      sql,
      principal: 'admin',
      attribution: null,
      statementId: null,
      signal: new AbortController().signal,
    });
  await execute(`UPDATE ${gold} SET units = units + 1 WHERE sku = 'SKU-01' AND order_date = '2026-01-01'`);
};

describe.skipIf(python === null)('delta-rs (needs `npm run judges`)', { timeout: 120_000 }, () => {
  it('finds in staging and target, row by row, what each run left', async () => {
    const ledger = await readLedger(python, left());
    expect(ledger.filter(({ event, table_name }) => event === 'published' && table_name !== null)).toHaveLength(6);
    expect(await differencesOfPublished(python, left(), ledger)).toEqual([]);
    expect(await differencesAtTheEnd(python, left())).toEqual([]);
  });

  it('reads the ledger: what was asked for, each sync first sent, then published, with the versions that the job engine knows', async () => {
    const events = (await readLedger(python, left())).filter((row) => row.table_name === null);
    expect(events.map(({ event, run_id }) => [event, run_id])).toEqual([
      // Of the first sync, at the time it was asked for; what became of the second one waits for the next statement.
      ['request', null],
      ['took_over', null],
      ...runIds.flatMap((runId) => [
        ['sent', runId],
        ['published', runId],
      ]),
    ]);
    const { manifest } = JSON.parse(events.at(-1)?.detail ?? '{}') as {
      manifest: { sourceTable: string; sourceVersion: number }[];
    };
    const versions = Object.entries(lastRun().tables).map(([table, { version }]) => [table, version]);
    expect(Object.fromEntries(manifest.map((entry) => [entry.sourceTable, entry.sourceVersion]))).toEqual(
      Object.fromEntries(versions),
    );
  });
});

describe.skipIf(python === null)("Databricks' Python clients (need `npm run judges`)", { timeout: 120_000 }, () => {
  it('see the jobs, secrets and tables of both regions, each principal its own', async () => {
    const { regions } = world.stack.file;
    const seen = (await ask(
      'databricks-judge.py',
      { ...regions, gold },
      {
        PATH: process.env.PATH,
        HOME: world.dir,
        REQUESTS_CA_BUNDLE: regions.primary.caCertFile,
      },
    )) as { totals: Record<string, string[][]> } & Record<string, unknown>;
    expect(seen).toMatchObject({
      secret: true,
      runs: runIds.toReversed().map((runId) => [runId, 'SUCCESS']),
      table: [gold, 'MANAGED', 'DELTA'],
      denied: 'PERMISSION_DENIED',
    });
    const totals = seen.totals.primary;
    expect(totals?.[0]?.[0]).toBe(String(lastRun().tables[gold]?.rows));
    expect(seen.totals.secondary).toEqual(totals);
    expect(seen.statement).toEqual(totals);
  });
});

describe("the demo's own proof", { timeout: 60_000 }, () => {
  it('holds after the sync, and reports exactly the table in which a row was changed on purpose', async () => {
    expect(await differencesFrom(world.stack, 'secondary', lastRun())).toEqual([]);
    await changeOneRow();
    expect(await differencesFrom(world.stack, 'secondary', lastRun())).toEqual([
      `${gold} in the secondary is not what run ${lastRun().runId} left`,
    ]);
  });

  it.skipIf(python === null)('and so does delta-rs, which names the row', async () => {
    expect(await differencesAtTheEnd(python, left())).toEqual([
      expect.stringMatching(`^${gold} at the end, target: missing: .*SKU-01`),
      expect.stringMatching(`^${gold} at the end, target: extra: .*SKU-01`),
    ]);
  });

  it.skipIf(python === null)(
    'and delta-rs sees a version that holds another run, and one that no run left',
    async () => {
      const ledger = await readLedger(python, left());
      const [first] = runIds;
      const ofFirst = (table: string | null) =>
        ledger.find((row) => row.event === 'published' && row.run_id === first && row.table_name === table);
      const sameAsFirst = ledger.map((row) => ({
        ...row,
        target_version: ofFirst(row.table_name)?.target_version ?? 0,
      }));
      const inTarget = await differencesOfPublished(python, left(), sameAsFirst);
      expect(inTarget).toContainEqual(expect.stringMatching(`^${gold} after run ${runIds[1]}, target: `));
      expect(inTarget).not.toContainEqual(expect.stringContaining('staging'));
      const tooNew = ledger.map((row) => ({ ...row, source_version: (row.source_version ?? 0) + 1 }));
      expect(await differencesOfPublished(python, left(), tooNew)).toHaveLength(6);
    },
  );
});
