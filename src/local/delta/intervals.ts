import { SqlError } from '../sql/statement.js';

const dayMs = 86_400_000;

const unitMs: Readonly<Record<string, number>> = {
  microsecond: 0.001,
  millisecond: 1,
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: dayMs,
  week: 7 * dayMs,
};

/**
 * Milliseconds of a Spark interval: `interval 7 days`, `168 hours`, `interval 1 week 12 hours`.
 * Months and years are refused, as Delta does, since their length varies.
 */
export function intervalMs(key: string, text: string): number {
  const words = text
    .trim()
    .toLowerCase()
    .replace(/^interval\s+/, '')
    .split(/\s+/);
  const parts: number[] = [];
  for (let at = 0; at < words.length; at += 2) {
    const amount = Number(words[at]?.replaceAll("'", ''));
    const unit = unitMs[(words[at + 1] ?? '').replace(/s$/, '')];
    if (!Number.isFinite(amount) || unit === undefined || amount < 0) throw notAnInterval(key, text);
    parts.push(amount * unit);
  }
  return parts.reduce((sum, part) => sum + part, 0);
}

const notAnInterval = (key: string, text: string) =>
  new SqlError(
    'DELTA_INVALID_INTERVAL',
    '22006',
    `${text} is not a valid INTERVAL for ${key}. Use days, hours or weeks, for example 'interval 7 days'.`,
  );
