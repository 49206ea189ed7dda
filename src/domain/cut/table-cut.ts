import type { CommitAuthor } from './attribution.js';
import { describeAuthor } from './attribution.js';
import type { AuthoredCommit } from './instant.js';
import { iso } from './words.js';

/** The version of one table in a cut. */
export interface TableCut {
  readonly table: string;
  readonly sourceTableId: string;
  readonly version: number;
  /** false: the previous point holds these rows, its entry is carried. */
  readonly changed: boolean;
  /** The table was dropped and re-created since the previous point: it is sent in full. */
  readonly recreated: boolean;
  /** Why this version, a sentence for people. */
  readonly reason: string;
  readonly commits: readonly ConsideredCommit[];
  /** Versions in the cut, new since `base`, that other jobs or people wrote. */
  readonly foreignVersions: readonly number[];
  readonly warnings: readonly string[];
}

/** One commit that was considered, for `explain`. */
export interface ConsideredCommit {
  readonly version: number;
  /** Epoch ms. */
  readonly timestamp: number;
  readonly operation: string;
  readonly author: CommitAuthor;
  readonly fate: CommitFate;
}

/** `chosen` is the version of the cut, `contained` lies below it, `later` is no part of it; `maintenance` changes nothing. */
export type CommitFate = 'chosen' | 'contained' | 'maintenance' | 'later';

/** @param chosen version of the cut; null when there is none */
export const withFates = (commits: readonly AuthoredCommit[], chosen: number | null): ConsideredCommit[] =>
  commits.map(({ commit, version, author, maintenance }) => ({
    version,
    timestamp: commit.timestamp,
    operation: commit.operation,
    author,
    fate: fateOf(version, maintenance, chosen),
  }));

function fateOf(version: number, maintenance: boolean, chosen: number | null): CommitFate {
  if (version === chosen) return 'chosen';
  if (maintenance) return 'maintenance';
  return chosen !== null && version < chosen ? 'contained' : 'later';
}

export const listCommits = (commits: readonly AuthoredCommit[]): string =>
  commits
    .map(
      ({ commit, author }) =>
        `version ${commit.version} (${commit.operation} by ${describeAuthor(author)}, ${iso(commit.timestamp)})`,
    )
    .join(', ');
