import type { AddFile, DomainMetadata, Metadata, Protocol, RemoveFile, Transaction } from './actions.js';
import type { StructType } from './schema.js';

/** A table at one version. */
export interface Snapshot {
  readonly folder: string;
  readonly version: number;
  /** Commit time of this version, epoch milliseconds: made monotonic, or the in-commit timestamp where enabled. */
  readonly timestamp: number;
  readonly metadata: Metadata;
  /** `metadata.schemaString`, parsed. */
  readonly schema: StructType;
  readonly protocol: Protocol;
  /** Live files in path order. */
  readonly files: readonly AddFile[];
  readonly tombstones: readonly RemoveFile[];
  readonly transactions: readonly Transaction[];
  readonly domains: readonly DomainMetadata[];
}
