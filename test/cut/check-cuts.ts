import fc from 'fast-check';
import type { TableCommit } from '../../src/domain/commits.js';
import type { CutCandidate, RunChoice, SourceTable, TriedCandidate } from '../../src/domain/cut/index.js';
import { chooseCut, chooseRun } from '../../src/domain/cut/index.js';
import type { RunKey } from '../../src/domain/runs.js';
import type { Moment } from './oracle.js';
import {
  contentOf,
  endsAt,
  hasExpired,
  hasGoodEndAfter,
  hasOrphan,
  isAnyActive,
  isExact,
  isNameless,
  isReadable,
  isUndecidable,
  isUnlisted,
  isUnprovable,
  validEnds,
  visible,
} from './oracle.js';
import type { TrueCommit, TrueTable, World } from './world.js';
import { jobId, marginMs, shownRun, worlds } from './world.js';

/** How often each answer came up, so that a test can say that the property was not vacuous. */
export type Tally = Map<string, number>;

/** What the target would hold after the cuts so far. */
interface Published {
  readonly run: RunKey;
  readonly endTime: number;
  readonly tables: ReadonlyMap<string, TrueCommit>;
}

interface Life {
  readonly world: World;
  /** When somebody looks: so long after the end of one of the runs. The last look comes when all is over. */
  readonly looks: readonly { readonly run: number; readonly afterMs: number }[];
  readonly readLagMs: number;
  readonly acceptPartial: boolean;
  readonly cleanedBefore: number;
  readonly shuffle: number;
}

const lives: fc.Arbitrary<Life> = fc.record({
  world: worlds,
  looks: fc.array(
    fc.record({
      run: fc.nat(),
      afterMs: fc.oneof(fc.integer({ min: 0, max: 30_000 }), fc.integer({ min: -60_000, max: 200_000 })),
    }),
    { minLength: 1, maxLength: 5, size: 'max' },
  ),
  readLagMs: fc.constantFrom(0, 0, 1_000, 30_000),
  acceptPartial: fc.boolean(),
  cleanedBefore: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 8),
  shuffle: fc.integer(),
});

/** Lives a number of random lives through and compares every answer with the oracle. Throws with the smallest counterexample. */
export function checkCuts(cases: number, seed: number): Tally {
  const tally: Tally = new Map();
  fc.assert(
    fc.property(lives, (life) => {
      live(life, tally);
    }),
    { numRuns: cases, seed },
  );
  return tally;
}

function live(life: Life, tally: Tally): void {
  const { world } = life;
  const ends = world.runs.map((run) => Math.max(run.at, ...run.parts.map(({ end }) => end)));
  const looks = life.looks.map(({ run, afterMs }) => (ends[run % ends.length] ?? world.lastMs) + afterMs);
  let published: Published | null = null;
  for (const now of looks.sort((a, b) => a - b)) {
    published = look(life, { now, readAt: now + life.readLagMs, over: false }, published, tally);
  }
  const now = Math.max(...looks, world.lastMs) + 240_000;
  published = look(life, { now, readAt: now, over: true }, published, tally);
  if (published !== null) count(tally, 'life: cut');
}

/** One look at the world, as a sync does it: choose a run, choose the versions, compare, publish. */
function look(life: Life, moment: Moment, published: Published | null, tally: Tally): Published | null {
  const { world, acceptPartial } = life;
  const runs = world.runs.flatMap((run) => shownRun(run, moment.now, moment.over) ?? []);
  const tables = world.tables.map((table) => shownTable(life, table, moment, published));
  const choice = chooseRun({ runs, published, acceptPartialSuccess: acceptPartial });
  const shuffled = chooseRun({ runs: reordered(runs, life.shuffle), published, acceptPartialSuccess: acceptPartial });
  must(same(choice, shuffled), 'the choice of the run depends on the order of the runs');

  const right = validEnds(world, moment, acceptPartial).filter((end) => end > (published?.endTime ?? -Infinity));
  count(tally, `run: ${choice.kind}`);
  if (choice.kind !== 'cut') {
    must(right.length === 0, `a cut was possible at ${right.join()}, but the answer is ${choice.kind}`);
    checkNoRun(life, moment, published, choice);
    return published;
  }
  must(
    same(
      choice.candidates.map(({ endTime }) => endTime),
      [...right].sort((a, b) => b - a),
    ),
    `candidates ${choice.candidates.map((c) => c.endTime).join()} are not the valid ends ${right.join()}`,
  );
  must(choice.endTime === Math.max(...right), 'the newest valid end was not chosen');
  must(endsAt(world, choice.run.runId, choice.endTime), 'the named run did not end at the cut');

  // The histories are read, then the runs once more: nobody can have written what is seen without being listed.
  const after = { ...moment, now: moment.readAt };
  const known = world.runs.flatMap((run) => shownRun(run, after.now, after.over) ?? []);
  const input = {
    candidates: choice.candidates,
    runs: known,
    jobId,
    tables,
    now: after.now,
    acknowledgeStreaming: false,
  };
  const cut = chooseCut(input);
  const other = chooseCut({
    ...input,
    runs: reordered(known, life.shuffle),
    tables: tables.map((t) => reorderedTable(t, life)).reverse(),
  });
  must(same(cut, other), 'the choice of versions depends on the order of runs, tables or commits');
  for (const tried of cut.tried) checkTried(life, after, published, tried, tally);
  count(tally, `cut: ${cut.kind === 'failed' ? cut.failure.code : cut.kind}`);
  if (cut.kind !== 'cut') return published;
  must(cut.candidate.endTime > (published?.endTime ?? -Infinity), 'the cut went backwards');

  const held = cut.tables.map(({ table, version, changed }): [string, TrueCommit] => {
    const before = published?.tables.get(table);
    if (!changed && before !== undefined) return [table, before];
    const truth = tableOf(world, table);
    return [
      table,
      found(
        visible(truth, moment, 0).find((commit) => commit.version === version),
        `${table} has no version ${version}`,
      ),
    ];
  });
  return { run: cut.candidate.run, endTime: cut.candidate.endTime, tables: new Map(held) };
}

function checkNoRun(life: Life, moment: Moment, published: Published | null, choice: RunChoice): void {
  const { world, acceptPartial } = life;
  const active = isAnyActive(world, moment);
  const good = hasGoodEndAfter(world, moment, published?.endTime ?? -Infinity, acceptPartial);
  if (choice.kind === 'hold') must(good, 'NO_QUIET_POINT, but no run ended well');
  else must(!good, `a run ended well and makes no cut, but the answer is ${choice.kind}: nobody is told`);
  if (choice.kind === 'wait') must(active, 'waits although no run is active');
  if (choice.kind === 'nothing' || choice.kind === 'never-ran')
    must(!active, 'a run is active, but nobody waits for it');
}

function checkTried(
  life: Life,
  moment: Moment,
  published: Published | null,
  tried: TriedCandidate,
  tally: Tally,
): void {
  const { world, cleanedBefore } = life;
  const { candidate, outcome } = tried;
  const histories = world.tables.map((table) => ({
    table,
    seen: aboveBase(visible(table, moment, cleanedBefore), published?.tables.get(table.name)),
  }));
  switch (outcome.kind) {
    case 'versions':
      for (const { table, version, changed } of outcome.tables)
        checkVersion(life, moment, published, candidate, { table, version, changed });
      return;
    case 'wait': {
      const byClock = histories.some(({ seen }) =>
        seen.some((c) => c.isChange && (isNameless(c) || isUnlisted(world, c, moment))),
      );
      must(byClock, 'waits for clocks although every commit names its run');
      must(
        outcome.until > moment.now && outcome.until <= candidate.endTime + marginMs,
        'waits too long, or for the past',
      );
      return;
    }
    case 'failed': {
      const { code } = outcome.failure;
      count(tally, `refused: ${code}`);
      const needed =
        code === 'AMBIGUOUS_COMMIT'
          ? histories.some(({ seen }) => isUndecidable(world, seen, candidate.endTime, moment))
          : code === 'CUT_NOT_PURE'
            ? histories.some(({ seen }) => hasOrphan(world, seen, moment))
            : code === 'VERSION_EXPIRED' &&
              histories.some(({ table }) => isOutOfReach(life, table, candidate.endTime, moment));
      must(needed, `${code} without need: ${outcome.failure.message}`);
      return;
    }
  }
}

function isOutOfReach({ world, cleanedBefore }: Life, table: TrueTable, end: number, moment: Moment): boolean {
  const seen = visible(table, moment, cleanedBefore);
  return hasExpired(table, seen, end, moment) || isUnprovable(world, seen, end, moment);
}

function checkVersion(
  { world, cleanedBefore }: Life,
  moment: Moment,
  published: Published | null,
  { endTime }: CutCandidate,
  chosen: { table: string; version: number; changed: boolean },
): void {
  const table = tableOf(world, chosen.table);
  const before = published?.tables.get(chosen.table);
  const seen = visible(table, moment, cleanedBefore);
  const name = `${chosen.table} version ${chosen.version} at ${endTime}`;
  if (!chosen.changed) {
    const carried = found(before, `${name} is carried although nothing was published`);
    must(carried.version === chosen.version, `${name} is carried with another version`);
    must(isExact(table, contentOf(table, carried), endTime), `${name} is carried, but the table changed`);
    return;
  }
  const commit = found(
    seen.find(({ version }) => version === chosen.version),
    `${name} is in no history`,
  );
  must(isExact(table, contentOf(table, commit), endTime), `${name} is not the state that the run left`);
  must(isReadable(table, commit, seen, moment), `${name} can't be read`);
  const known = seen[0]?.version === 0 || seen[0]?.version === (before?.version ?? -1) + 1;
  if (before !== undefined && known) {
    must(contentOf(table, before) !== contentOf(table, commit), `${name} is sent although it did not change`);
  }
}

function shownTable(life: Life, table: TrueTable, moment: Moment, published: Published | null): SourceTable {
  const seen = visible(table, moment, life.cleanedBefore);
  const before = published?.tables.get(table.name);
  const tableId = seen.at(-1)?.tableId ?? '';
  const history = before?.tableId === tableId ? aboveBase(seen, before) : seen;
  return {
    name: table.name,
    detail: {
      id: tableId,
      format: 'delta',
      properties:
        table.retentionProperty === null ? {} : { 'delta.deletedFileRetentionDuration': table.retentionProperty },
    },
    catalog: null,
    history: history.map(shownCommit),
    base:
      before === undefined || published === null
        ? null
        : { tableId: before.tableId, version: before.version, asOf: published.endTime, staged: true },
  };
}

const aboveBase = (seen: TrueCommit[], before: TrueCommit | undefined): TrueCommit[] =>
  seen.filter((c) => before === undefined || c.incarnation !== before.incarnation || c.version > before.version);

const shownCommit = ({ version, stampedAt, operation, shown }: TrueCommit): TableCommit => ({
  version,
  timestamp: stampedAt,
  operation,
  operationParameters: {},
  operationMetrics: {},
  statementId: null,
  ...shown,
});

const tableOf = (world: World, name: string): TrueTable =>
  found(
    world.tables.find((table) => table.name === name),
    `no table ${name}`,
  );

function reordered<T>(list: readonly T[], seed: number): T[] {
  const keyed = list.map((item, index) => ({ item, key: Math.sin(seed + index * 7919) }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

const reorderedTable = (table: SourceTable, { shuffle }: Life): SourceTable => ({
  ...table,
  history: reordered(table.history, shuffle),
});

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const count = (tally: Tally, what: string): void => {
  tally.set(what, (tally.get(what) ?? 0) + 1);
};

function must(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

function found<T>(value: T | undefined, otherwise: string): T {
  if (value === undefined) throw new Error(otherwise);
  return value;
}
