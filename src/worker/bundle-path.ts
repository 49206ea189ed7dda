import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Where the built workflow code lies: made by `npm run build`, run by every worker, and replayed by the tests, so that
 * what was tested is what runs.
 */
export const bundlePath = (): string => join(packageFolder(), 'dist', 'workflow-bundle.js');

/** Sources and compiled files lie at different depths below the package's folder, so it is looked for upwards. */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('The program was installed without its package.json. Install it again.');
    folder = parent;
  }
  return folder;
}
