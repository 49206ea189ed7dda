import { readFile } from 'node:fs/promises';
import { buildConfig } from './build.js';
import { completenessFindings } from './completeness.js';
import { crossChecks } from './cross-checks.js';
import type { Finding } from './finding.js';
import { ConfigError, placeOf } from './finding.js';
import { JsonTextError, parseJsonText } from './json-text.js';
import { locationChecks } from './location-checks.js';
import type { DrConfig } from './model.js';
import { outlineOf } from './outline.js';
import { configSchema } from './schema.js';
import { schemaFindings } from './schema-findings.js';
import { secretsInFile } from './secrets-in-file.js';

/** What a file says, and everything that is wrong with it. */
export interface CheckedConfig {
  /** null when a finding is an error, or the file is complete enough only to look at. */
  readonly config: DrConfig | null;
  /** In the order of the file's places. */
  readonly findings: readonly Finding[];
}

/**
 * Reads and checks a configuration file without throwing: for those who show findings.
 *
 * @param purpose `look` forgives a missing secondary region and placeholders as warnings
 */
export async function checkConfigFile(file: string, purpose: 'look' | 'work' = 'work'): Promise<CheckedConfig> {
  try {
    return checkConfigText(await readFile(file, 'utf8'), purpose);
  } catch (cause) {
    return { config: null, findings: [unreadable(file, cause)] };
  }
}

/** As `checkConfigFile`, for text that has been read already. */
export function checkConfigText(text: string, purpose: 'look' | 'work' = 'work'): CheckedConfig {
  let json: ReturnType<typeof parseJsonText>;
  try {
    json = parseJsonText(text);
  } catch (cause) {
    if (!(cause instanceof JsonTextError)) throw cause;
    const message = `The file is not JSON: ${cause.message}.`;
    return { config: null, findings: [{ place: '', message, remedy: 'Mend the text there.', severity: 'error' }] };
  }
  const outline = outlineOf(json.value);
  const findings = [
    ...json.repeatedKeys.map(repeatedKey),
    ...schemaFindings(json.value),
    ...secretsInFile(json.value),
    ...crossChecks(outline),
    ...locationChecks(outline),
    ...completenessFindings(outline, purpose),
  ];
  const hasErrors = findings.some(({ severity }) => severity === 'error');
  return {
    config: hasErrors ? null : buildConfig(configSchema.parse(json.value)),
    findings: findings.sort((a, b) => a.place.localeCompare(b.place, 'en', { numeric: true })),
  };
}

/**
 * The configuration, complete and without errors.
 *
 * @throws ConfigError with every finding
 */
export async function loadConfig(file: string): Promise<DrConfig> {
  const { config, findings } = await checkConfigFile(file);
  if (config === null) throw new ConfigError(file, findings);
  return config;
}

const repeatedKey = (path: readonly PropertyKey[]): Finding => ({
  place: placeOf(path),
  message: 'This key stands twice in the same object, and only the last one would count.',
  remedy: 'Remove one of them.',
  severity: 'error',
});

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'it may not be read by this user',
  EISDIR: 'it is a folder',
};

function unreadable(file: string, cause: unknown): Finding {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === undefined) throw cause;
  return {
    place: '',
    message: `${file} can't be read: ${reasons[code] ?? code}.`,
    remedy: 'Name a readable configuration with --config or DR_CONFIG.',
    severity: 'error',
  };
}
