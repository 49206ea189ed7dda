import { isMaintenance } from './operations.js';
import { deletedFileRetention } from './retention.js';
import type { OrderedHistory } from './table-history.js';
import { iso } from './words.js';

/** The last quarter of the retention period is the time to warn in: a day and three quarters of the usual week. */
const warnInLastFraction = 0.25;

export interface Readable {
  /** The version to read: the wanted one, or a later one with the same rows; null when neither can be read. */
  readonly version: number | null;
  readonly warnings: readonly string[];
}

/**
 * Delta refuses a version that is not the newest and whose own commit is older than `delta.deletedFileRetentionDuration`,
 * even before VACUUM removes a file. Maintenance keeps the rows, so a version behind it serves as well.
 * Source: SnapshotManagement.scala, DELTA_UNSUPPORTED_TIME_TRAVEL_BEYOND_DELETED_FILE_RETENTION_DURATION.
 *
 * @param now  epoch ms
 */
export function readableVersion(
  wanted: number,
  history: OrderedHistory,
  properties: Readonly<Record<string, string>>,
  now: number,
): Readable {
  const { retentionMs, warning } = deletedFileRetention(properties);
  const warnings = warning === null ? [] : [warning];
  const expiresAt = (version: number): number | null => {
    const committedAt =
      version === history.base?.version
        ? history.baseCommittedAt
        : (history.commits.find((commit) => commit.version === version)?.timestamp ?? null);
    return committedAt === null ? null : committedAt + retentionMs;
  };
  const isReadable = (version: number): boolean =>
    version === history.newestVersion || (expiresAt(version) ?? Infinity) >= now;

  if (isReadable(wanted)) return { version: wanted, warnings: [...warnings, ...expiryWarning(wanted)] };
  const sameRows = versionsWithRowsOf(wanted, history).at(-1);
  if (sameRows === undefined || !isReadable(sameRows)) return { version: null, warnings };
  const instead = `Version ${wanted} is older than the table's retention and can't be read; version ${sameRows} is taken, which only maintenance separates from it.`;
  return { version: sameRows, warnings: [...warnings, instead] };

  function expiryWarning(version: number): string[] {
    const end = expiresAt(version);
    if (end === null || end - now > retentionMs * warnInLastFraction) return [];
    const remedy = 'Raise delta.deletedFileRetentionDuration or sync more often.';
    return end < now
      ? [`Version ${version} is older than the table's retention: it is readable only until the next commit. ${remedy}`]
      : [`Version ${version} can be read only until ${iso(end)}. ${remedy}`];
  }
}

function versionsWithRowsOf(version: number, { commits }: OrderedHistory): number[] {
  const later = commits.filter((commit) => commit.version > version);
  const firstChange = later.find((commit) => !isMaintenance(commit));
  return later.filter((commit) => commit.version < (firstChange?.version ?? Infinity)).map((commit) => commit.version);
}
