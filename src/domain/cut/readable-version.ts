import type { TableCommit } from '../commits.js';
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

/** What stands against reading a version, though the history shows it. */
type Doubt =
  /** Delta refuses it. */
  | 'expired'
  /** A VACUUM that kept less than the table's retention may have removed files of it. */
  | 'vacuumed';

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
  const vacuums = history.commits.flatMap((commit) => shortVacuum(commit, retentionMs) ?? []);
  const committedAt = (version: number): number | null =>
    version === history.base?.version
      ? history.baseCommittedAt
      : (history.commits.find((commit) => commit.version === version)?.timestamp ?? null);
  const expiresAt = (version: number): number | null => {
    const at = committedAt(version);
    return at === null ? null : at + retentionMs;
  };
  const doubtOf = (version: number): Doubt | null => {
    if (version === history.newestVersion) return null;
    if ((expiresAt(version) ?? Infinity) < now) return 'expired';
    const at = committedAt(version) ?? -Infinity;
    return vacuums.some((vacuum) => vacuum.version > version && at < vacuum.keptSince) ? 'vacuumed' : null;
  };

  const doubt = doubtOf(wanted);
  if (doubt === null) return { version: wanted, warnings: [...warnings, ...expiryWarning(wanted)] };
  const sameRows = versionsWithRowsOf(wanted, history).findLast((version) => doubtOf(version) === null);
  if (sameRows !== undefined) {
    const instead = `Version ${wanted} ${whatIsSaid[doubt]}; version ${sameRows} is taken, which only maintenance separates from it.`;
    return { version: sameRows, warnings: [...warnings, instead] };
  }
  if (doubt === 'expired') return { version: null, warnings };
  return {
    version: wanted,
    warnings: [
      ...warnings,
      `Version ${wanted} ${whatIsSaid[doubt]}. Keep what VACUUM keeps by the table's own retention.`,
    ],
  };

  function expiryWarning(version: number): string[] {
    const end = expiresAt(version);
    if (end === null || end - now > retentionMs * warnInLastFraction) return [];
    const remedy = 'Raise delta.deletedFileRetentionDuration or sync more often.';
    return end < now
      ? [`Version ${version} is older than the table's retention: it is readable only until the next commit. ${remedy}`]
      : [`Version ${version} can be read only until ${iso(end)}. ${remedy}`];
  }
}

const whatIsSaid: Readonly<Record<Doubt, string>> = {
  expired: "is older than the table's retention and can't be read",
  vacuumed: "was followed by a VACUUM that kept less than the table's retention, and may have lost files",
};

/** Source: DeltaOperations.scala, `VacuumStart`: `specifiedRetentionMillis` where the statement says RETAIN. */
function shortVacuum(
  { operation, operationParameters, timestamp, version }: TableCommit,
  retentionMs: number,
): { readonly version: number; readonly keptSince: number } | null {
  const retained = Number(operationParameters.specifiedRetentionMillis);
  if (operation.trim().toUpperCase() !== 'VACUUM START' || !(retained < retentionMs)) return null;
  return { version, keptSince: timestamp - retained };
}

function versionsWithRowsOf(version: number, { commits }: OrderedHistory): number[] {
  const later = commits.filter((commit) => commit.version > version);
  const firstChange = later.find((commit) => !isMaintenance(commit));
  return later.filter((commit) => commit.version < (firstChange?.version ?? Infinity)).map((commit) => commit.version);
}
