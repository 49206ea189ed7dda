import { clusteringColumns } from './domains.js';
import type { DeltaEnv } from './env.js';
import { featuresOf } from './protocol.js';
import { openSnapshot } from './snapshot.js';
import { totalSize } from './stats.js';

/** The row of DESCRIBE DETAIL. */
export interface TableDetailRow {
  readonly format: 'delta';
  readonly id: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly location: string;
  /** Epoch milliseconds, as is `lastModified`. */
  readonly createdAt: number | null;
  readonly lastModified: number;
  readonly partitionColumns: readonly string[];
  readonly clusteringColumns: readonly string[];
  readonly numFiles: number;
  readonly sizeInBytes: number;
  readonly properties: Readonly<Record<string, string>>;
  readonly minReaderVersion: number;
  readonly minWriterVersion: number;
  readonly tableFeatures: readonly string[];
}

/**
 * Describes the newest version of a table.
 *
 * @param location  the table's URI, shown as it is
 */
export async function detail(env: DeltaEnv, folder: string, location: string): Promise<TableDetailRow> {
  const { metadata, protocol, files, domains, timestamp } = await openSnapshot(env, folder);
  return {
    format: 'delta',
    id: metadata.id,
    name: metadata.name,
    description: metadata.description,
    location,
    createdAt: metadata.createdTime,
    lastModified: timestamp,
    partitionColumns: metadata.partitionColumns,
    clusteringColumns: clusteringColumns(domains),
    numFiles: files.length,
    sizeInBytes: totalSize(files),
    properties: metadata.configuration,
    minReaderVersion: protocol.minReaderVersion,
    minWriterVersion: protocol.minWriterVersion,
    tableFeatures: featuresOf(protocol),
  };
}
