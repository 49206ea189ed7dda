/** How things are written for people: short, in units they think in, and within the width of their terminal. */

const units: readonly (readonly [limitSeconds: number, seconds: number, name: string])[] = [
  [60, 1, 's'],
  [3_600, 60, 'min'],
  [172_800, 3_600, 'h'],
  [Number.POSITIVE_INFINITY, 86_400, 'days'],
];

/** A length of time in its largest fitting unit: `42 s`, `3 min`, `5 h`, `12 days`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const unit = units.find(([limit]) => seconds < limit);
  return unit === undefined ? '' : `${Math.floor(seconds / unit[1])} ${unit[2]}`;
}

/** `3 min ago`, `in 12 min`, `just now`. @param time ISO 8601 or epoch ms */
export function relativeTime(time: string | number, nowMs: number): string {
  const differenceMs = new Date(time).getTime() - nowMs;
  if (Math.abs(differenceMs) < 1_000) return 'just now';
  return differenceMs < 0 ? `${duration(-differenceMs)} ago` : `in ${duration(differenceMs)}`;
}

/** `2026-05-01 12:04:05 UTC`. @param time ISO 8601 or epoch ms */
export const clockTime = (time: string | number): string =>
  `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** `0 B`, `12.3 MB`; powers of 1000, as clouds bill them. */
export function bytes(count: number): string {
  const power = count < 1_000 ? 0 : Math.min(byteUnits.length - 1, Math.floor(Math.log10(count) / 3));
  const value = count / 1_000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${byteUnits[power]}`;
}

/** `1 run`, `3 runs`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** Breaks a text into lines; a word longer than a line keeps a line of its own, so that it can be copied. */
export function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = [];
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else {
        line = line === '' ? word : `${line} ${word}`;
      }
    }
    return [...lines, line];
  });
}

export const indented = (text: string, columns: number, indent = 2): string =>
  wrap(text, Math.max(20, columns - indent))
    .map((line) => `${' '.repeat(indent)}${line}\n`)
    .join('');

const narrow = 48;

/** Labels on the left, values beside them; on a narrow terminal below them. */
export function fields(rows: readonly (readonly [label: string, value: string])[], columns: number): string {
  const labelWidth = Math.max(...rows.map(([label]) => label.length)) + 2;
  if (columns < narrow) {
    return rows.map(([label, value]) => `  ${label}\n${indented(value, columns, 4)}`).join('');
  }
  return rows
    .map(([label, value]) => {
      const lines = wrap(value, columns - labelWidth - 2);
      return lines
        .map((line, index) => `  ${(index === 0 ? label : '').padEnd(labelWidth)}${line}`.trimEnd())
        .join('\n');
    })
    .map((row) => `${row}\n`)
    .join('');
}

export interface TableOptions {
  /** Spaces in front of each line. */
  readonly indent?: number;
  /** What stands for a row where the terminal is too narrow for the columns. Default: a line for each cell that is not empty. */
  readonly narrow?: (row: readonly string[]) => string;
}

/** Columns side by side; on a narrow terminal each row becomes lines of its own. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number,
  { indent = 0, narrow }: TableOptions = {},
): string {
  const widths = header.map((title, index) => Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const total = widths.reduce((sum, width) => sum + width + 2, indent - 2);
  if (total > columns) {
    if (narrow !== undefined) return rows.map((row) => hanging(narrow(row), columns, indent)).join('');
    const filled = rows.map((row) =>
      header.map((title, index) => [title, row[index] ?? ''] as const).filter(([, cell]) => cell !== ''),
    );
    return filled.map((cells) => fields(cells, columns)).join('\n');
  }
  const line = (cells: readonly string[]): string =>
    `${' '.repeat(indent)}${cells
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd()}\n`;
  return [header, ...rows].map(line).join('');
}

/** Lines after the first are indented once more, so that one sees where the next item begins. */
export function hanging(text: string, columns: number, indent = 0): string {
  const [first = '', ...rest] = wrap(text, Math.max(20, columns - indent - 2));
  return [`${' '.repeat(indent)}${first}\n`, ...rest.map((line) => `${' '.repeat(indent + 2)}${line}\n`)].join('');
}
