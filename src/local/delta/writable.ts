import { unsupportedFeatures } from './errors.js';
import { columnMappingMode } from './properties.js';
import type { Snapshot } from './snapshot.js';

/**
 * Refuses tables whose rows the engine would write wrong, since it does not compute or check what they demand.
 *
 * @param change  `append` for new rows alone, `rewrite` (what is refused more often) for UPDATE, DELETE and MERGE
 */
export function assertRowsWritable(
  { folder, schema, metadata }: Snapshot,
  change: 'append' | 'rewrite' = 'rewrite',
): void {
  const demanded = new Set<string>();
  for (const field of schema.fields) {
    if ('delta.generationExpression' in field.metadata) demanded.add('generatedColumns');
    if ('delta.identity.start' in field.metadata) demanded.add('identityColumns');
    if ('delta.invariants' in field.metadata) demanded.add('invariants');
  }
  const keys = Object.keys(metadata.configuration);
  if (keys.some((key) => key.startsWith('delta.constraints.'))) demanded.add('checkConstraints');
  // By name the engine writes; by id every nested field would need its id in the data file as well.
  if (columnMappingMode(metadata) === 'id') demanded.add('columnMapping');
  // Readers of the change feed derive inserts from added files, but not updates from rewritten ones.
  if (change === 'rewrite' && metadata.configuration['delta.enableChangeDataFeed'] === 'true')
    demanded.add('changeDataFeed');
  if (demanded.size > 0) throw unsupportedFeatures(folder, 'write', [...demanded]);
}
