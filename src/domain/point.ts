import type { RunKey } from './runs.js';

/** The stamp that every clone writes into its target's table properties: what the content of that table is. */
export interface Stamp {
  /** Delta metadata id of the source table. */
  readonly sourceTableId: string;
  readonly sourceVersion: number;
  readonly syncId: string;
  readonly epoch: number;
  /** Controller id: of two controllers at the same epoch the smaller id holds the group. */
  readonly controller: string;
}

/** Delta's two retention properties as the source table sets them, for example `interval 30 days`. */
export interface SourceRetention {
  /** `delta.logRetentionDuration` */
  readonly log: string | null;
  /** `delta.deletedFileRetentionDuration` */
  readonly deletedFiles: string | null;
}

/** One table of a recovery point. */
export interface ManifestEntry {
  /** Full name in the source region. */
  readonly sourceTable: string;
  /** Full name in the target region. */
  readonly targetTable: string;
  readonly stagingLocation: string;
  readonly sourceTableId: string;
  readonly sourceVersion: number;
  /** Version of the staging table that holds `sourceVersion`'s rows. */
  readonly stagingVersion: number;
  /** Commit time of that staging version, epoch ms: decides how long it stays readable. */
  readonly stagingCommittedAt: number;
  readonly stamp: Stamp;
  /** The source's own retention properties, null where unset: the published table gets them back. */
  readonly sourceRetention: SourceRetention;
  /** Newest version of the target table before this point was published; null when the table held nothing. */
  readonly targetVersionBefore: number | null;
  /** The table had not changed since the previous point: this entry repeats the earlier one. */
  readonly carried: boolean;
}

/** What a recovery point shows: the end of a run, or one instant of standalone tables. */
export type PointSource = ({ readonly kind: 'run' } & RunKey) | { readonly kind: 'snapshot' };

/** A cut that is completely in the target region. It covers the tables of its manifest and no others. */
export interface RecoveryPoint {
  readonly syncId: string;
  readonly source: PointSource;
  /** End of the run, or the instant of the snapshot, epoch ms. */
  readonly runEndTime: number;
  readonly epoch: number;
  readonly controller: string;
  readonly specHash: string;
  readonly manifest: readonly ManifestEntry[];
}

/** Newest version of a table before this one was written; null: there was nothing. */
export const versionBefore = (version: number): number | null => (version === 0 ? null : version - 1);

/** A recovery point without its manifest: what workflow state may hold of it. */
export interface PointSummary {
  readonly syncId: string;
  readonly source: PointSource;
  readonly runEndTime: number;
  readonly publishedAt: number;
  readonly tableCount: number;
  /** Of the spec that it was made with: a table that was configured since is missing in it. */
  readonly specHash: string;
}
