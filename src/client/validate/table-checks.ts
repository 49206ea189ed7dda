import type { ExternalLocation, Workspace } from '../../databricks/api.js';
import { shortRetention, unsupportedTable } from '../../domain/cut/index.js';
import { DrError, errorOf } from '../../domain/failure.js';
import type { Region } from '../../domain/region.js';

/** Requests to the catalog under way at a time: a workspace answers some dozens a second. */
export const catalogLanes = 8;

/**
 * @returns a warning where the versions of a table expire too soon to be copied in time; null: all is well
 * @throws DrError TABLE_NOT_FOUND, PERMISSION_DENIED, UNSUPPORTED_TABLE
 */
export async function tableProblem(
  { catalog, region }: Workspace,
  fullName: string,
  syncIntervalMinutes: number,
): Promise<DrError | null> {
  const table = await catalog.getTable(fullName);
  const failure = unsupportedTable(`${fullName} (${region} region)`, table, null);
  if (failure !== null) throw errorOf(failure);
  const short = shortRetention(table.properties, syncIntervalMinutes);
  if (short === null) return null;
  return new DrError('VERSION_EXPIRED', `${fullName} (${region} region): ${short}`, {
    remedy: 'Raise that property on the table, or sync more often.',
  });
}

export const covers = ({ url }: ExternalLocation, location: string): boolean =>
  location === url || location.startsWith(`${url}/`);

/** Sync locations that a region's catalog does not cover, or may not write to. */
export function locationProblems(
  known: readonly ExternalLocation[],
  syncLocations: Readonly<Record<Region, string>>,
  region: Region,
  host: string,
): { readonly of: Region; readonly error: DrError }[] {
  return (['primary', 'secondary'] as const).flatMap((of) => {
    const location = syncLocations[of];
    const covering = known.filter((each) => covers(each, location));
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
