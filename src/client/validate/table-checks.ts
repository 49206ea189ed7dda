import type { CatalogTable, ExternalLocation, Workspace } from '../../databricks/api.js';
import { DrError } from '../../domain/failure.js';
import type { Region } from '../../domain/region.js';

/** Table types that a deep clone can read and replace. */
const supportedTypes: readonly string[] = ['MANAGED', 'EXTERNAL'];

/** @throws DrError TABLE_NOT_FOUND, PERMISSION_DENIED, UNSUPPORTED_TABLE */
export async function tableProblem({ catalog, region }: Workspace, fullName: string): Promise<void> {
  const reason = unsupportedBecause(await catalog.getTable(fullName));
  if (reason === null) return;
  throw new DrError('UNSUPPORTED_TABLE', `${fullName} in the ${region} region ${reason}.`, {
    remedy: 'Take it out of the group, or replace it by a Delta table that can be cloned.',
  });
}

/** Why a deep clone of this table is impossible or would not be the same table; null when it is fine. */
export function unsupportedBecause(table: CatalogTable): string | null {
  if (table.pipelineId !== null) return 'is written by a pipeline, which owns it';
  if (!supportedTypes.includes(table.tableType)) return `is a ${table.tableType.toLowerCase().replaceAll('_', ' ')}`;
  if (table.dataSourceFormat !== 'DELTA') return `is stored as ${table.dataSourceFormat ?? 'nothing'}, not as Delta`;
  if (table.hasRowFilter) return 'has a row filter, which hides rows from a copy';
  const [masked] = table.maskedColumns;
  return masked === undefined ? null : `has a column mask (${masked}), which hides values from a copy`;
}

/** Sync locations that a region's catalog does not cover, or may not write to. */
export function locationProblems(
  known: readonly ExternalLocation[],
  syncLocations: Readonly<Record<Region, string>>,
  region: Region,
  host: string,
): { readonly of: Region; readonly error: DrError }[] {
  return (['primary', 'secondary'] as const).flatMap((of) => {
    const location = syncLocations[of];
    const covering = known.filter(({ url }) => location === url || location.startsWith(`${url}/`));
    if (covering.length === 0) {
      const message = `No external location that this principal may see in the ${region} region (${host}) covers ${location}.`;
      const remedy = 'Create one there and grant READ FILES and WRITE FILES on it.';
      return [{ of, error: new DrError('LOCATION_NOT_FOUND', message, { remedy }) }];
    }
    const writable = covering.some(({ readOnly }) => !readOnly);
    // Staging lies in the region that is copied to, and is written from the other one; each region writes its own ledger.
    if (writable) return [];
    const message = `The external location ${covering[0]?.name} of the ${region} region (${host}) is read-only.`;
    return [{ of, error: new DrError('PERMISSION_DENIED', message, { remedy: 'Let it be written to.' }) }];
  });
}
