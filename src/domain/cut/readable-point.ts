import type { TableCommit } from '../commits.js';
import type { ManifestEntry } from '../point.js';
import { changesAfter, currencyOf, newestClone } from './currency.js';
import { deletedFileRetention } from './retention.js';
import { withoutUpkeep } from './staging-retention.js';

/** What a table tells about itself: enough to know which of its versions can be read. */
export interface TableState {
  readonly properties: Readonly<Record<string, string>>;
  /** Newest first, as far back as is known. */
  readonly history: readonly TableCommit[];
}

/** Whether the published table holds this entry's rows already: then nothing has to be read from staging. */
export const isHeldByTarget = (entry: ManifestEntry, target: TableState | null): boolean =>
  target !== null && currencyOf(target.properties, target.history, entry).kind === 'current';

/**
 * Whether staging still has the rows of a manifest's entry: its version is the very commit that the manifest names, and
 * the newest one or not past its retention. Time travel beyond `delta.deletedFileRetentionDuration` is refused even
 * where no VACUUM has removed the files yet.
 *
 * @param staging null: there is no such table any more
 */
export function isReadableInStaging(entry: ManifestEntry, staging: TableState | null, nowMs: number): boolean {
  const commit = staging?.history.find(({ version }) => version === entry.stagingVersion);
  if (!staging || commit?.timestamp !== entry.stagingCommittedAt) return false;
  if (staging.history[0]?.version === entry.stagingVersion) return true;
  return nowMs - commit.timestamp < deletedFileRetention(staging.properties).retentionMs;
}

/** `unclear`: something followed the entry's clone, so that only its retention tells whether it can be read for long. */
export type CopyState = 'intact' | 'lost' | 'unclear';

/**
 * Whether staging is as the clone of a manifest's entry left it. Rows that somebody changed there since are not ours, even
 * while time travel still leads behind them: the copy is lost sooner or later.
 *
 * @param history of the staging table, newest first, down to its newest CLONE
 */
export function copyState(
  entry: Pick<ManifestEntry, 'stagingVersion' | 'stagingCommittedAt'>,
  history: readonly TableCommit[],
): CopyState {
  const clone = newestClone(history);
  if (clone === null || changesAfter(withoutUpkeep(history), clone).length > 0) return 'lost';
  const [newest] = history;
  const isEntry = newest?.version === entry.stagingVersion && newest.timestamp === entry.stagingCommittedAt;
  return isEntry ? 'intact' : 'unclear';
}
