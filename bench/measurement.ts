import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';

/** One figure beside the most that it may be. */
export interface Measurement {
  readonly name: string;
  readonly measured: number;
  readonly target: number;
  readonly unit: 's' | 'times' | '% of a core' | 'MB' | 'statements';
}

/** What a benchmark found. */
export interface Findings {
  readonly measurements: readonly Measurement[];
  /** Whatever explains the figures, for the file only. */
  readonly details: Readonly<Record<string, unknown>>;
}

export const isOver = ({ measured, target }: Measurement): boolean => measured > target;

/** Null where nothing at all is allowed. */
const ratioOf = ({ measured, target }: Measurement): number | null => (target === 0 ? null : measured / target);

const figure = (value: number): string => String(Number(value.toFixed(Number.isInteger(value) ? 0 : 3)));

/** `name: measured, target, ratio, ok|over` */
export function lineOf(measurement: Measurement): string {
  const { name, measured, target, unit } = measurement;
  const ratio = ratioOf(measurement);
  const parts = [
    `${figure(measured)} ${unit}`,
    `target at most ${figure(target)}`,
    `ratio ${ratio === null ? '-' : ratio.toFixed(2)}`,
    isOver(measurement) ? 'over' : 'ok',
  ];
  return `${name}: ${parts.join(', ')}`;
}

/** Load averages of the last 1, 5 and 15 minutes: figures of a busy machine say little. */
export const load = (): readonly number[] => loadavg().map((value) => Number(value.toFixed(2)));

/** Writes `<folder>/<name>.json`. */
export function writeFindings(
  folder: string,
  name: string,
  loadBefore: readonly number[],
  { measurements, details }: Findings,
): void {
  mkdirSync(folder, { recursive: true });
  const all = measurements.map((measurement) => ({
    ...measurement,
    ratio: ratioOf(measurement),
    ok: !isOver(measurement),
  }));
  const machine = {
    cores: cpus().length,
    model: cpus()[0]?.model ?? 'unknown',
    memoryMegabytes: Math.round(totalmem() / 2 ** 20),
    node: process.version,
    loadBefore,
    loadAfter: load(),
  };
  const content = { name, at: new Date().toISOString(), machine, measurements: all, details };
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(content, null, 2)}\n`);
}

/** Middle value; of an even count the greater of the two. */
export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
