import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The folder of this package: where `samples/` and `var/tools/` stand. Compiled and source files lie at different
 * depths below it, so it is looked for upwards.
 * @throws Error when no `package.json` stands above this file.
 */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder)
      throw new Error('The package folder was not found: no package.json stands above the program.');
    folder = parent;
  }
  return folder;
}
