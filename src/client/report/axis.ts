/** Where the lines of a chart's grid lie, and what stands beside them. */
export interface Axis {
  /** Ascending; a value axis starts with 0 and its last tick is not below the largest value. */
  readonly ticks: readonly number[];
  readonly label: (value: number) => string;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const steps: readonly number[] = [
  ...[0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30].map((count) => count * second),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * minute),
  ...[1, 2, 3, 6, 12].map((count) => count * hour),
  ...[1, 2, 5, 7, 14, 30, 60, 90, 180, 365].map((count) => count * day),
];
const longestStep = 3_650 * day;

/** The smallest step of clocks and calendars that makes at most `count` of the range. */
const timeStep = (rangeMs: number, count: number): number =>
  steps.find((step) => rangeMs / step <= count) ?? longestStep;

/** From 0 in equal steps to the first one that is not below `max`. */
const upTo = (max: number, step: number): number[] =>
  Array.from({ length: Math.max(1, Math.ceil(max / step - 1e-9)) + 1 }, (_, index) => index * step);

const rounded = (value: number): string => String(Number(value.toPrecision(4)));

/** A value axis for lengths of time, labelled in the one unit that suits its steps. @param maxMs largest value */
export function durationAxis(maxMs: number): Axis {
  const step = timeStep(Math.max(maxMs, 0.3 * second), 4);
  const [unitMs, name] = durationUnit(step);
  return { ticks: upTo(maxMs, step), label: (value) => (value === 0 ? '0' : `${rounded(value / unitMs)} ${name}`) };
}

function durationUnit(stepMs: number): readonly [ms: number, name: string] {
  if (stepMs < minute) return [second, 's'];
  if (stepMs < hour) return [minute, 'min'];
  return stepMs < day ? [hour, 'h'] : [day, 'days'];
}

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** A value axis for amounts of data, in one unit of powers of 1000. @param maxBytes largest value */
export function bytesAxis(maxBytes: number): Axis {
  const rough = Math.max(maxBytes, 4) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10) * power;
  const ticks = upTo(maxBytes, step);
  const thousands = Math.floor(Math.log10(Math.max(1, ticks.at(-1) ?? 1)) / 3 + 1e-9);
  const unit = Math.min(byteUnits.length - 1, thousands);
  return { ticks, label: (value) => (value === 0 ? '0' : `${rounded(value / 1_000 ** unit)} ${byteUnits[unit]}`) };
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** `1 May`, or `1 May 2026` where a chart spans years. */
const dateLabel = (date: Date, withYear: boolean): string =>
  `${date.getUTCDate()} ${months[date.getUTCMonth()]}${withYear ? ` ${date.getUTCFullYear()}` : ''}`;

export interface TimeTick {
  readonly at: number;
  readonly label: string;
  /** A second line where the day changes; null elsewhere. */
  readonly date: string | null;
}

/** Round instants (UTC) between two, six at most, as clocks and calendars have them. */
export function timeTicks(from: number, to: number): TimeTick[] {
  const step = timeStep(to - from, 5);
  const ticks: TimeTick[] = [];
  let lastDate = '';
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
    const date = new Date(at);
    if (step >= day) {
      ticks.push({ at, label: dateLabel(date, step >= 90 * day), date: null });
      continue;
    }
    const today = dateLabel(date, false);
    const label = date.toISOString().slice(11, step < minute ? 19 : 16);
    ticks.push({ at, label, date: today === lastDate ? null : today });
    lastDate = today;
  }
  return ticks;
}
