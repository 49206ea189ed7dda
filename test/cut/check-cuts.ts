import fc from 'fast-check';
import type { CutCandidate, MissingTable, RunChoice, SourceTable, TriedCandidate } from '../../src/domain/cut/index.js';
import { chooseCut, chooseRun, unlistedRunIds } from '../../src/domain/cut/index.js';
import type { RunKey } from '../../src/domain/runs.js';
import type { Counting, Moment } from './oracle.js';
import {
  contentOf,
  endsAt,
  hasExpired,
  hasGoodEndAfter,
  hasOrphan,
  isAnyActive,
  isExact,
  isGone,
  isNameless,
  isReadable,
  isUndecidable,
  isUnlisted,
  isUnprovable,
  validEnds,
  visible,
  wasAtRest,
  wentOn,
} from './oracle.js';
import { listedRuns, listMarginMs, shownCommit, shownRun } from './views.js';
import type { TrueCommit, TrueRun, TrueTable, World } from './world.js';
import { jobId, marginMs, worlds } from './world.js';

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
  /** The switch that made this region the active one came so long after the begin of one of the runs; null: there was none. */
  readonly switched: { readonly run: number; readonly afterMs: number } | null;
  /** The look from which on the last table is part of the group. */
  readonly joins: number;
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
  switched: fc.oneof(
    { weight: 6, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.record({ run: fc.nat(3), afterMs: fc.integer({ min: -60_000, max: 120_000 }) }) },
  ),
  joins: fc.constantFrom(0, 0, 0, 1, 2, 3),
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

/** What all lives together have to show, so that always refusing would not pass. @returns sentences; empty when all is well */
export function shortcomings(tally: Tally, cases: number): string[] {
  const times = (what: string): number => tally.get(what) ?? 0;
  const share = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;
  const wanted = [
    ...['CUT_NOT_PURE', 'AMBIGUOUS_COMMIT', 'VERSION_EXPIRED', 'NO_QUIET_POINT', 'TABLE_NOT_FOUND'].map(
      (code) => `refused: ${code}`,
    ),
    ...['run: wait', 'run: hold', 'run: nothing', 'run: never-ran', 'run: recut', 'cut: wait', 'runs looked up'],
  ];
  return [
    ...(times('life: cut') / cases > 0.6 ? [] : [`only ${share(times('life: cut'), cases)} of the lives were cut`]),
    ...(times('cut: cut') / times('run: cut') > 0.6
      ? []
      : [`only ${share(times('cut: cut'), times('run: cut'))} of the chosen ends were cut`]),
    ...wanted.filter((what) => times(what) === 0).map((what) => `"${what}" never came up`),
  ];
}

/** One look, with all that is known before it. */
interface Look {
  readonly life: Life;
  readonly counting: Counting;
  readonly moment: Moment;
  readonly published: Published | null;
  /** The tables of the group. */
  readonly tables: readonly TrueTable[];
}

function live(life: Life, tally: Tally): void {
  const { world } = life;
  const ends = world.runs.map((run) => Math.max(run.at, ...run.parts.map(({ end }) => end)));
  const looks = life.looks.map(({ run, afterMs }) => (ends[run % ends.length] ?? world.lastMs) + afterMs);
  const switchRun = life.switched && world.runs[life.switched.run % world.runs.length];
  const counting = {
    acceptPartial: life.acceptPartial,
    switchedAt: life.switched && switchRun ? switchRun.at + life.switched.afterMs : null,
  };
  let published: Published | null = null;
  const over = { now: Math.max(...looks, world.lastMs) + 240_000, over: true };
  const moments = [...looks.sort((a, b) => a - b).map((now) => ({ now, over: false })), over];
  for (const [index, { now, over: isOver }] of moments.entries()) {
    const moment = { now, readAt: isOver ? now : now + life.readLagMs, over: isOver };
    const tables = world.tables.filter(
      (_, position) => position === 0 || position < world.tables.length - 1 || index >= life.joins,
    );
    published = lookOnce({ life, counting, moment, published, tables }, tally);
  }
  if (published !== null) count(tally, 'life: cut');
}

/** One look at the world, as a sync does it: choose a run, choose the versions, compare, publish. */
function lookOnce(look: Look, tally: Tally): Published | null {
  const { life, counting, moment, published } = look;
  const { world } = life;
  const endedSince = published === null ? null : published.endTime - listMarginMs;
  const listed = listedRuns(world, moment, endedSince);
  const recut = published !== null && look.tables.some(({ name }) => !published.tables.has(name));
  const question = {
    published,
    acceptPartialSuccess: counting.acceptPartial,
    switchedAt: counting.switchedAt,
    recut,
  };
  const runs = listed.map((run) => shownRun(run, moment));
  const choice = chooseRun({ ...question, runs });
  const shuffled = chooseRun({ ...question, runs: reordered(runs, life.shuffle) });
  must(same(choice, shuffled), 'the choice of the run depends on the order of the runs');

  // Judged by what the list shows; what it hides is judged below, by content.
  const shown = { ...world, runs: listed };
  const right = endsAfter(shown, look);
  count(tally, `run: ${choice.kind}`);
  if (choice.kind !== 'cut') {
    must(right.length === 0 && !recut, `a cut was possible at ${right.join()}, but the answer is ${choice.kind}`);
    checkNoRun(shown, look, choice);
    return published;
  }
  const expected = right.length > 0 ? [...right].sort((a, b) => b - a) : recut ? [published.endTime] : [];
  if (right.length === 0) count(tally, 'run: recut');
  must(
    same(
      choice.candidates.map(({ endTime }) => endTime),
      expected,
    ),
    `candidates ${choice.candidates.map((c) => c.endTime).join()} are not the valid ends ${expected.join()}`,
  );
  must(choice.endTime === expected[0], 'the newest valid end was not chosen');
  must(endsAt(world, choice.run.runId, choice.endTime), 'the named run did not end at the cut');

  const found = tablesOf(look);
  const after = { ...moment, now: moment.readAt };
  const known = knownAfterwards(look, after, endedSince, found.tables, tally);
  const later = known.map((run) => shownRun(run, after));
  const input = {
    ...found,
    candidates: choice.candidates,
    look: { ...question, runs: later },
    jobId,
    now: after.now,
    acknowledgeStreaming: false,
  };
  const cut = chooseCut(input);
  const other = chooseCut({
    ...input,
    look: { ...input.look, runs: reordered(later, life.shuffle) },
    tables: found.tables.map((table) => reorderedTable(table, life)).reverse(),
    missing: [...found.missing].reverse(),
  });
  must(same(cut, other), 'the choice of versions depends on the order of runs, tables or commits');
  for (const tried of cut.tried) checkTried({ ...world, runs: known }, { ...look, moment: after }, tried, tally);
  count(tally, `cut: ${cut.kind === 'failed' ? cut.failure.code : cut.kind}`);
  if (cut.kind !== 'cut') return published;
  must(cut.candidate.endTime >= (published?.endTime ?? -Infinity), 'the cut went backwards');
  must(cut.tables.length === look.tables.length, 'the cut lacks a table');

  const held = cut.tables.map(({ table, version, changed }): [string, TrueCommit] => {
    const before = published?.tables.get(table);
    if (!changed && before !== undefined) return [table, before];
    const truth = tableOf(world, table);
    return [
      table,
      present(
        visible(truth, moment, 0).find((commit) => commit.version === version),
        `${table} has no version ${version}`,
      ),
    ];
  });
  return { run: cut.candidate.run, endTime: cut.candidate.endTime, tables: new Map(held) };
}

/** The histories are read, then the runs once more, with those that commits name and no list told. */
function knownAfterwards(
  { life: { world } }: Look,
  after: Moment,
  endedSince: number | null,
  tables: readonly SourceTable[],
  tally: Tally,
): TrueRun[] {
  const listed = listedRuns(world, after, endedSince);
  const commits = tables.flatMap(({ history }) => history);
  const unlisted = unlistedRunIds(
    jobId,
    listed.map((run) => shownRun(run, after)),
    commits,
    endedSince,
  );
  const known = listedRuns(world, after, endedSince, unlisted);
  if (known.length > listed.length) count(tally, 'runs looked up');
  return known;
}

const endsAfter = (world: World, { moment, counting, published }: Look): number[] =>
  validEnds(world, moment, counting).filter(
    (end) => end > Math.max(published?.endTime ?? -Infinity, counting.switchedAt ?? -Infinity),
  );

function checkNoRun(shown: World, { moment, counting, published }: Look, choice: RunChoice): void {
  const active = isAnyActive(shown, moment);
  const since = Math.max(published?.endTime ?? -Infinity, counting.switchedAt ?? -Infinity);
  const good = hasGoodEndAfter(shown, moment, since, counting);
  if (choice.kind === 'hold') must(good, 'NO_QUIET_POINT, but no run ended well');
  else must(!good, `a run ended well and makes no cut, but the answer is ${choice.kind}: nobody is told`);
  if (choice.kind === 'wait') must(active, 'waits although no run is active');
  if (choice.kind === 'nothing' || choice.kind === 'never-ran')
    must(!active, 'a run is active, but nobody waits for it');
}

/** @param known the world with the runs that are known after the histories were read */
function checkTried(known: World, look: Look, tried: TriedCandidate, tally: Tally): void {
  const { life, moment, published } = look;
  const { candidate, outcome } = tried;
  const end = candidate.endTime;
  const isRight = end === published?.endTime ? wasAtRest(known, end, moment) : endsAfter(known, look).includes(end);
  const historyOf = (table: TrueTable): TrueCommit[] =>
    aboveBase(visible(table, moment, life.cleanedBefore), published?.tables.get(table.name));
  const isByClock = (commit: TrueCommit): boolean =>
    commit.isChange && (isNameless(commit) || isUnlisted(known, commit, moment));
  switch (outcome.kind) {
    case 'versions':
      must(isRight, 'the job was not at rest, or a run does not count, and that was known');
      for (const { table, version, changed } of outcome.tables)
        checkVersion(look, candidate, { table, version, changed });
      return;
    case 'wait':
      must(
        look.tables.some((table) => historyOf(table).some(isByClock)),
        'waits for clocks although every commit names its run',
      );
      must(outcome.until > moment.now && outcome.until <= end + marginMs, 'waits too long, or for the past');
      return;
    case 'failed': {
      const { code } = outcome.failure;
      count(tally, `refused: ${code}`);
      if (code === 'NO_QUIET_POINT') {
        must(!isRight, `${code} without need: ${outcome.failure.message}`);
        return;
      }
      const isNeeded = (table: TrueTable): boolean => {
        switch (code) {
          case 'AMBIGUOUS_COMMIT':
            return isUndecidable(known, historyOf(table), end, moment);
          case 'CUT_NOT_PURE':
            return hasOrphan(known, historyOf(table), end, moment);
          case 'VERSION_EXPIRED':
            return isGone(table, moment) ? wentOn(known, moment, end) : isOutOfReach(look, known, table, end);
          case 'TABLE_NOT_FOUND':
            return isGone(table, moment) && !wentOn(known, moment, end);
          default:
            return false;
        }
      };
      must(outcome.tables.length > 0, `${code} for no table`);
      for (const { table } of outcome.tables)
        must(isNeeded(tableOf(life.world, table)), `${code} without need for ${table}: ${outcome.failure.message}`);
      return;
    }
  }
}

function isOutOfReach({ life, moment }: Look, known: World, table: TrueTable, end: number): boolean {
  const seen = visible(table, moment, life.cleanedBefore);
  return hasExpired(table, seen, end, moment) || isUnprovable(known, seen, end, moment);
}

function checkVersion(
  { life: { world, cleanedBefore }, moment, published }: Look,
  { endTime }: CutCandidate,
  chosen: { table: string; version: number; changed: boolean },
): void {
  const table = tableOf(world, chosen.table);
  const before = published?.tables.get(chosen.table);
  const seen = visible(table, moment, cleanedBefore);
  const name = `${chosen.table} version ${chosen.version} at ${endTime}`;
  must(!isGone(table, moment), `${name} does not exist`);
  if (!chosen.changed) {
    const carried = present(before, `${name} is carried although nothing was published`);
    must(carried.version === chosen.version, `${name} is carried with another version`);
    must(isExact(table, contentOf(table, carried), endTime), `${name} is carried, but the table changed`);
    return;
  }
  const commit = present(
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

/** The tables as a look shows them. */
function tablesOf({ life, moment, published, tables }: Look): { tables: SourceTable[]; missing: MissingTable[] } {
  return {
    tables: tables.filter((table) => !isGone(table, moment)).map((table) => shownTable(life, table, moment, published)),
    missing: tables
      .filter((table) => isGone(table, moment))
      .map(({ name }) => ({ name, failure: { code: 'TABLE_NOT_FOUND', message: `There is no table ${name}.` } })),
  };
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

const tableOf = (world: World, name: string): TrueTable =>
  present(
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

function present<T>(value: T | undefined, otherwise: string): T {
  if (value === undefined) throw new Error(otherwise);
  return value;
}
