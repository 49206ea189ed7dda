import { isPlaceholder } from './fields.js';
import type { Finding } from './finding.js';
import { placeOf } from './finding.js';
import type { FileOutline } from './outline.js';
import { textOf } from './outline.js';

const secondaryKeys = ['secondary_workspace_instance_url', 'secondary_workspace_pat_key'] as const;

/**
 * What a file still lacks before the product can work with it. Such a file can be looked at (`validate --offline`), for
 * example while the second region is being built; everything else needs it complete.
 */
export function completenessFindings({ workspaces }: FileOutline, purpose: 'look' | 'work'): Finding[] {
  const severity: Finding['severity'] = purpose === 'look' ? 'warning' : 'error';
  return workspaces.flatMap(({ path, keys }) => [
    ...secondaryKeys
      .filter((key) => keys[key] === undefined)
      .map((key) => ({
        place: placeOf([...path, key]),
        message: 'The secondary region is not named, so nothing can be copied yet.',
        remedy: `Add "${key}".`,
        severity,
      })),
    ...(['workspace_instance_url', 'secondary_workspace_instance_url'] as const)
      .filter((key) => isPlaceholder(textOf(keys[key]) ?? ''))
      .map((key) => ({
        place: placeOf([...path, key]),
        message: 'This is a placeholder.',
        remedy: 'Write https://<host> of the workspace.',
        severity,
      })),
  ]);
}
