import { withoutTrailingSlash } from './fields.js';
import type { Finding } from './finding.js';
import { errorAt, placeOf } from './finding.js';
import type { FileOutline } from './outline.js';
import { textOf } from './outline.js';

/** Every folder of a sync location must belong to one owner, and each region's must survive without the other. */
export function locationChecks({ workspaces }: FileOutline): Finding[] {
  const locations = workspaces.flatMap(({ path, keys }) =>
    (['primary', 'secondary'] as const).flatMap((region) => {
      const key = `sync_location_${region}`;
      const location = textOf(keys[key]);
      return location === null
        ? []
        : [{ region, workspace: path, path: [...path, key], folder: withoutTrailingSlash(location).toLowerCase() }];
    }),
  );
  return locations.flatMap((one, index) =>
    locations.slice(0, index).flatMap((other) => {
      const sameWorkspace = one.workspace === other.workspace;
      // Workspaces may share a location: each has its own folder there, and rows of its own in the ledger.
      if (one.folder === other.folder) {
        return sameWorkspace
          ? [
              errorAt(
                one.path,
                'Both regions have the same sync location, which an outage would take away.',
                'Use storage of each region.',
              ),
            ]
          : [];
      }
      const nested = one.folder.startsWith(`${other.folder}/`) || other.folder.startsWith(`${one.folder}/`);
      return nested
        ? [
            errorAt(
              one.path,
              `This folder and the one of ${placeOf(other.path)} lie inside each other.`,
              'Use folders side by side.',
            ),
          ]
        : [];
    }),
  );
}
