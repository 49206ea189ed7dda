import type { TableCommit } from '../commits.js';

/**
 * What each kind of operation calls the size of the files it wrote.
 * Source: DeltaOperations.scala of delta-io/delta (`DeltaOperationMetrics`).
 */
const metrics: readonly string[] = [
  'numOutputBytes',
  'numTargetBytesAdded',
  'numAddedBytes',
  'restoredFilesSize',
  'copiedFilesSize',
];

/** Bytes of the files that a commit added: what a sync of this commit has to send. null where the history does not tell. */
export function addedBytes({ operationMetrics }: Pick<TableCommit, 'operationMetrics'>): number | null {
  const known = new Map(Object.entries(operationMetrics));
  for (const metric of metrics) {
    const text = known.get(metric);
    if (text !== undefined && /^\d+$/.test(text)) return Number(text);
  }
  return null;
}
