import type { TableFacts } from '../../databricks/cut-facts.js';
import type { CommitAuthor, CommitFate, ConsideredCommit, RunVerdict, VersionsChoice } from '../../domain/cut/index.js';
import { addedBytes, describeAuthor } from '../../domain/cut/index.js';
import type { Failure } from '../../domain/failure.js';
import type { RecoveryPoint } from '../../domain/point.js';
import type { Direction } from '../../domain/region.js';
import type { RunKey } from '../../domain/runs.js';
import type { GroupRef } from '../../domain/spec.js';

/** `explain --json`: which runs make a cut and why, which version of each table and why. Times are ISO 8601 UTC. */
export interface Explanation extends GroupRef {
  readonly direction: Direction;
  readonly published: ExplainedPoint | null;
  /** Newest start first. Empty for a group of standalone tables. */
  readonly runs: readonly ExplainedRun[];
  /** Run ends (or the instant of a snapshot) whose versions were looked for, newest first; the first `cut` is the answer. */
  readonly cuts: readonly ExplainedCut[];
  /** Why there is no newer cut: then `cuts` has the published one, if any. Null where there is one, or nothing newer ended. */
  readonly noCut: Failure | null;
}

export interface ExplainedPoint {
  readonly syncId: string;
  readonly runId: string | null;
  readonly repairId: string | null;
  readonly runEndTime: string;
}

export interface ExplainedRun extends RunKey {
  readonly startTime: string;
  readonly endTime: string | null;
  readonly result: string | null;
  readonly verdict: RunVerdict['verdict'];
  readonly because: string;
}

export interface ExplainedCut {
  /** null: a snapshot of standalone tables. */
  readonly run: RunKey | null;
  readonly endTime: string;
  /** `published`: this is what the target holds now, explained once more from the histories as they are today. */
  readonly published: boolean;
  readonly outcome: 'cut' | 'wait' | 'refused';
  /** `wait`: clocks have to pass this time first. */
  readonly until: string | null;
  readonly failure: Failure | null;
  /** All tables of a cut; of a refused one those that are in the way. */
  readonly tables: readonly ExplainedTable[];
}

export interface ExplainedTable {
  readonly table: string;
  readonly version: number | null;
  /** Whether the version is other than what the point before holds. */
  readonly changed: boolean | null;
  readonly because: string | null;
  /** Commits since the point before, oldest first. */
  readonly commits: readonly ExplainedCommit[];
  readonly warnings: readonly string[];
}

export interface ExplainedCommit {
  readonly version: number;
  readonly time: string;
  readonly operation: string;
  readonly author: CommitAuthor['kind'];
  readonly by: string;
  readonly fate: CommitFate;
  /** Not part of the cut. */
  readonly skipped: boolean;
  /** Size of the files that it added; null where the history does not tell. */
  readonly bytes: number | null;
}

const iso = (ms: number): string => new Date(ms).toISOString();

export const explainedPoint = ({ syncId, source, runEndTime }: RecoveryPoint): ExplainedPoint => ({
  syncId,
  runId: source.kind === 'run' ? source.runId : null,
  repairId: source.kind === 'run' ? source.repairId : null,
  runEndTime: iso(runEndTime),
});

export const explainedRun = ({ run, startTime, endTime, result, verdict, because }: RunVerdict): ExplainedRun => ({
  runId: run.runId,
  repairId: run.repairId,
  startTime: iso(startTime),
  endTime: endTime === null ? null : iso(endTime),
  result,
  verdict,
  because,
});

export function explainedCut(
  instant: { readonly run: RunKey | null; readonly endTime: number; readonly published: boolean },
  outcome: VersionsChoice,
  facts: readonly TableFacts[],
): ExplainedCut {
  const common = { run: instant.run, endTime: iso(instant.endTime), published: instant.published };
  switch (outcome.kind) {
    case 'wait':
      return { ...common, outcome: 'wait', until: iso(outcome.until), failure: null, tables: [] };
    case 'failed':
      return {
        ...common,
        outcome: 'refused',
        until: null,
        failure: outcome.failure,
        tables: outcome.tables.map(({ table, commits }) => ({
          table,
          version: null,
          changed: null,
          because: null,
          commits: explainedCommits(table, commits, null, facts),
          warnings: [],
        })),
      };
    case 'versions':
      return {
        ...common,
        outcome: 'cut',
        until: null,
        failure: null,
        tables: outcome.tables.map(({ table, version, changed, reason, commits, warnings }) => ({
          table,
          version,
          changed,
          because: reason,
          commits: explainedCommits(table, commits, version, facts),
          warnings,
        })),
      };
  }
}

function explainedCommits(
  table: string,
  commits: readonly ConsideredCommit[],
  chosen: number | null,
  facts: readonly TableFacts[],
): ExplainedCommit[] {
  const history = facts.find(({ source }) => source.name === table)?.source.history ?? [];
  return commits.map(({ version, timestamp, operation, author, fate }) => {
    const commit = history.find((candidate) => candidate.version === version);
    return {
      version,
      time: iso(timestamp),
      operation,
      author: author.kind,
      by: describeAuthor(author),
      fate,
      skipped: chosen !== null && version > chosen,
      bytes: commit ? addedBytes(commit) : null,
    };
  });
}
