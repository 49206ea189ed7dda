/**
 * The actions of a Delta log (PROTOCOL.md, "Actions") as the rest of this folder sees them: typed, with decoded paths.
 * How they look inside JSON commits and parquet checkpoints is the business of `action-json.ts`.
 */

/** Points to the rows of one data file that count as deleted. */
export interface DeletionVector {
  /** `u` relative file named by a z85 UUID, `p` absolute path, `i` inline. */
  readonly storageType: 'u' | 'p' | 'i';
  readonly pathOrInlineDv: string;
  readonly offset: number | null;
  readonly sizeInBytes: number;
  /** Number of deleted rows. */
  readonly cardinality: number;
}

export type PartitionValues = Readonly<Record<string, string | null>>;

/** A data file that belongs to the table. */
export interface AddFile {
  /** URI-decoded: relative to the table's folder, or an absolute URI (shallow clones). */
  readonly path: string;
  /** By column name (physical name under column mapping); null for the null partition. */
  readonly partitionValues: PartitionValues;
  readonly size: number;
  /** Epoch milliseconds. */
  readonly modificationTime: number;
  readonly dataChange: boolean;
  /** JSON text (`numRecords`, `minValues`…); null where the writer collected none. */
  readonly stats: string | null;
  readonly tags: Readonly<Record<string, string | null>> | null;
  readonly deletionVector: DeletionVector | null;
  readonly baseRowId: number | null;
  readonly defaultRowCommitVersion: number | null;
  readonly clusteringProvider: string | null;
}

/** A data file that no longer belongs to the table; kept as a tombstone until its retention has passed. */
export interface RemoveFile {
  /** URI-decoded, as in {@link AddFile}. */
  readonly path: string;
  /** Epoch milliseconds; 0 where the writer left it out. */
  readonly deletionTimestamp: number;
  readonly dataChange: boolean;
  readonly partitionValues: PartitionValues | null;
  readonly size: number | null;
  readonly deletionVector: DeletionVector | null;
}

export interface Metadata {
  readonly id: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly schemaString: string;
  readonly partitionColumns: readonly string[];
  readonly configuration: Readonly<Record<string, string>>;
  /** Epoch milliseconds. */
  readonly createdTime: number | null;
}

export interface Protocol {
  readonly minReaderVersion: number;
  readonly minWriterVersion: number;
  /** Only at reader version 3, else null. */
  readonly readerFeatures: readonly string[] | null;
  /** Only at writer version 7, else null. */
  readonly writerFeatures: readonly string[] | null;
}

/** Progress of a streaming writer. */
export interface Transaction {
  readonly appId: string;
  readonly version: number;
  readonly lastUpdated: number | null;
}

export interface DomainMetadata {
  readonly domain: string;
  /** JSON text. */
  readonly configuration: string;
  readonly removed: boolean;
}

/** What a commit says about itself; open-ended, so kept as it was written. */
export type CommitInfo = Readonly<Record<string, unknown>>;

export type Action =
  | { readonly kind: 'metaData'; readonly metaData: Metadata }
  | { readonly kind: 'protocol'; readonly protocol: Protocol }
  | { readonly kind: 'add'; readonly add: AddFile }
  | { readonly kind: 'remove'; readonly remove: RemoveFile }
  | { readonly kind: 'txn'; readonly txn: Transaction }
  | { readonly kind: 'domainMetadata'; readonly domainMetadata: DomainMetadata }
  | { readonly kind: 'commitInfo'; readonly commitInfo: CommitInfo };

/** A data file's identity in the log: the same path with another deletion vector is another logical file. */
export function fileKey(file: { readonly path: string; readonly deletionVector: DeletionVector | null }): string {
  return `${file.path}\u0000${deletionVectorId(file.deletionVector) ?? ''}`;
}

/** PROTOCOL.md, "Deletion Vectors": the unique id that tells two vectors of one path apart; null without a vector. */
function deletionVectorId(vector: DeletionVector | null): string | null {
  if (vector === null) return null;
  const base = `${vector.storageType}${vector.pathOrInlineDv}`;
  return vector.offset === null ? base : `${base}@${vector.offset}`;
}

/** The remove action that takes a live file out of the table. */
export function removeOf(file: AddFile, deletionTimestamp: number, dataChange = true): RemoveFile {
  return {
    path: file.path,
    deletionTimestamp,
    dataChange,
    partitionValues: file.partitionValues,
    size: file.size,
    deletionVector: file.deletionVector,
  };
}

/** A new data file without the fields that only some tables use. `path` is relative and not URI-encoded. */
export function newFile(
  file: Pick<AddFile, 'path' | 'partitionValues' | 'size' | 'modificationTime' | 'stats'> & Partial<AddFile>,
): AddFile {
  return {
    dataChange: true,
    tags: null,
    deletionVector: null,
    baseRowId: null,
    defaultRowCommitVersion: null,
    clusteringProvider: null,
    ...file,
  };
}
