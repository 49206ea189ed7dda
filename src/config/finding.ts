/** One thing that a person should know about the configuration: where, what, and what to do. */
export interface Finding {
  /** JSON path in the file (`workspaces[0].sync_groups[1].tables[2]`); empty for the file as a whole. */
  readonly place: string;
  readonly message: string;
  readonly remedy: string;
  /** A warning never keeps the product from working. */
  readonly severity: 'error' | 'warning';
}

/** What is wrong with one value, before its place is known. */
export interface Problem {
  readonly message: string;
  readonly remedy: string;
}

/** A path as people write it: `workspaces[0].sync_groups[1]`. */
export function placeOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((place, part) => {
    if (typeof part === 'number') return `${place}[${part}]`;
    return place === '' ? String(part) : `${place}.${String(part)}`;
  }, '');
}

/** A finding that keeps the file from being used. */
export const errorAt = (path: readonly PropertyKey[], message: string, remedy: string): Finding => ({
  place: placeOf(path),
  message,
  remedy,
  severity: 'error',
});

/** The configuration can't be used. Carries every finding, so that all can be mended at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** As named by the user. */
  readonly file: string;
  readonly findings: readonly Finding[];

  /** @param findings at least one of severity `error` */
  constructor(file: string, findings: readonly Finding[], options: { cause?: unknown } = {}) {
    const errors = findings.filter(({ severity }) => severity === 'error');
    const lines = errors.map(
      ({ place, message, remedy }) => `  ${place === '' ? '' : `${place}: `}${message} ${remedy}`,
    );
    super(`the configuration ${file} can't be used:\n${lines.join('\n')}`, options);
    this.file = file;
    this.findings = findings;
  }
}
