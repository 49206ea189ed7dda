import { readFileSync, statSync } from 'node:fs';
import type { Finding } from './finding.js';
import { checkConfigText } from './load.js';
import type { DrConfig } from './model.js';

/**
 * A config that follows its file: a change counts from the next round of every group on, without a restart. A file that
 * is broken or gone changes nothing: what was valid last stays in force, and `onBroken` is told once for each change.
 *
 * @returns the config as it stands now
 */
export function liveConfig(
  file: string,
  initial: DrConfig,
  onBroken: (findings: readonly Finding[]) => void,
): () => DrConfig {
  let config = initial;
  let readAt = modifiedAt(file);
  return () => {
    const now = modifiedAt(file);
    if (now === readAt) return config;
    readAt = now;
    const checked = now === null ? null : checkConfigText(readFileSync(file, 'utf8'));
    if (checked?.config) config = checked.config;
    else onBroken(checked?.findings ?? []);
    return config;
  };
}

/** Epoch ms; null when the file is gone. */
function modifiedAt(file: string): number | null {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? null;
}
