import type { Failure, FailureCode } from '../failure.js';
import type { JobRun } from '../runs.js';
import type { Episode } from './activity.js';
import { activityOf } from './activity.js';
import { authorOf, indexRuns } from './attribution.js';
import type { TableChoice } from './choose-table-version.js';
import { chooseTableVersion, missingTable } from './choose-table-version.js';
import type { Instant } from './instant.js';
import type { ConsideredCommit, TableCut } from './table-cut.js';
import type { MissingTable, SourceTable } from './table-history.js';
import { iso } from './words.js';

/** How far the clocks of storage and of the control plane are allowed to differ. */
export const defaultClockSkewMarginMs = 10_000;

export interface ChooseVersionsInput {
  /** The instant of the cut: the end of a run as `chooseRun` chose it, epoch ms. */
  readonly endTime: number;
  /**
   * All known runs of the job, read *after* the histories: they say whose a commit is. Read before, they would not know a
   * repair that began in between, and its commits would pass for those of the original run.
   */
  readonly runs: readonly JobRun[];
  readonly jobId: string;
  readonly tables: readonly SourceTable[];
  /** Tables of the group that do not exist now. */
  readonly missing?: readonly MissingTable[];
  /** Now, epoch ms. */
  readonly now: number;
  readonly acknowledgeStreaming: boolean;
  readonly clockSkewMarginMs?: number;
}

export type VersionsChoice =
  | { readonly kind: 'versions'; readonly tables: readonly TableCut[] }
  /** Clocks have to decide and are not far enough: ask again at `until` (epoch ms), runs and histories read anew. */
  | { readonly kind: 'wait'; readonly until: number }
  | {
      readonly kind: 'failed';
      readonly failure: Failure;
      /** The tables that are in the way, with the commits that were considered. */
      readonly tables: readonly { readonly table: string; readonly commits: readonly ConsideredCommit[] }[];
    };

/** The version of every table at the end of a run: all of them exact, or none. */
export function chooseVersions(input: ChooseVersionsInput): VersionsChoice {
  const marginMs = input.clockSkewMarginMs ?? defaultClockSkewMarginMs;
  const { endTime } = input;
  const activities = activityOf(input.runs);
  const attribution = indexRuns(input.jobId, activities);
  const instant: Instant = {
    endTime,
    marginMs,
    now: input.now,
    nextStart: firstStartAfter(
      endTime,
      activities.flatMap(({ episodes }) => episodes),
    ),
    acknowledgeStreaming: input.acknowledgeStreaming,
    authorOf: (commit) => authorOf(commit, attribution, endTime, marginMs),
  };
  return choosePerTable(input, instant);
}

/** All tables or none. */
export const choosePerTable = (
  { tables, missing = [] }: Pick<ChooseVersionsInput, 'tables' | 'missing'>,
  instant: Instant,
): VersionsChoice =>
  together([
    ...byName(tables).map((table) => chooseTableVersion(table, instant)),
    ...byName(missing).map((table) => missingTable(table, instant)),
  ]);

/** Of several failures the one that time does not mend is told first. */
function together(choices: readonly TableChoice[]): VersionsChoice {
  const failed = choices.filter((choice) => choice.kind === 'failed');
  const waits = choices.filter((choice) => choice.kind === 'wait');
  const cuts = choices.flatMap((choice) => (choice.kind === 'chosen' ? [choice.cut] : []));
  const firstOf = (codes: readonly FailureCode[]) =>
    codes.map((code) => failed.filter(({ failure }) => failure.code === code)).find((some) => some.length > 0);
  const lasting = firstOf(lastingFailures);
  if (lasting !== undefined) return asFailure(lasting);
  if (waits.length > 0) return { kind: 'wait', until: Math.max(...waits.map(({ until }) => until)) };
  const first = firstOf(passingFailures);
  if (first !== undefined) return asFailure(first);
  return spanningRun(cuts) ?? { kind: 'versions', tables: cuts };
}

const lastingFailures: readonly FailureCode[] = ['UNSUPPORTED_TABLE', 'TABLE_NOT_FOUND'];
const passingFailures: readonly FailureCode[] = ['CUT_NOT_PURE', 'AMBIGUOUS_COMMIT', 'VERSION_EXPIRED'];

function asFailure(failed: readonly Extract<TableChoice, { kind: 'failed' }>[]): VersionsChoice {
  const code = failed[0]?.failure.code ?? 'UNEXPECTED_ANSWER';
  const remedy = failed[0]?.failure.remedy;
  const message = failed.map(({ failure }) => failure.message).join(' ');
  return {
    kind: 'failed',
    failure: { code, message, ...(remedy === undefined ? {} : { remedy }) },
    tables: failed.map(({ table, commits }) => ({ table, commits })),
  };
}

/** A run that the Jobs API no longer lists, with changes on both sides of the cut, was active at it. */
function spanningRun(cuts: readonly TableCut[]): VersionsChoice | null {
  const changes = cuts.flatMap((cut) =>
    cut.commits.flatMap((commit) =>
      commit.author.kind === 'unlisted-run' && commit.author.runId !== null && commit.fate !== 'maintenance'
        ? [{ table: cut.table, commit, runId: commit.author.runId, within: commit.version <= cut.version }]
        : [],
    ),
  );
  const spanning = changes.filter(({ within, runId }) => within && changes.some((c) => !c.within && c.runId === runId));
  const first = spanning[0];
  if (first === undefined) return null;
  const commits = spanning.map(({ table, commit }) => `${table} version ${commit.version} (${iso(commit.timestamp)})`);
  return {
    kind: 'failed',
    failure: {
      code: 'CUT_NOT_PURE',
      message: `Run ${first.runId} of the job is not listed any more, but it wrote both before and after the end of the cut: ${commits.join(', ')}.`,
      remedy: 'The end of the next good run makes a cut again.',
    },
    tables: cuts
      .filter(({ table }) => spanning.some((s) => s.table === table))
      .map(({ table, commits: all }) => ({ table, commits: all })),
  };
}

function firstStartAfter(endTime: number, episodes: readonly Episode[]): number | null {
  const starts = episodes.filter((e) => (e.endTime ?? Infinity) > endTime).map((e) => e.startTime);
  return starts.length === 0 ? null : Math.min(...starts);
}

const byName = <Table extends { readonly name: string }>(tables: readonly Table[]): Table[] =>
  [...tables].sort((a, b) => (a.name === b.name ? 0 : a.name < b.name ? -1 : 1));
