/** `delta.deletedFileRetentionDuration` of a table that sets none. Source: DeltaConfig.scala ("interval 1 week"). */
export const defaultDeletedFileRetentionMs = 7 * 24 * 60 * 60 * 1000;

const unitMs: Readonly<Record<string, number>> = {
  week: 7 * 24 * 60 * 60 * 1000,
  day: 24 * 60 * 60 * 1000,
  hour: 60 * 60 * 1000,
  minute: 60 * 1000,
  second: 1000,
  millisecond: 1,
  microsecond: 0.001,
};

/**
 * Reads a Delta interval: `interval 7 days`, `168 hours`, `INTERVAL '2' WEEKS 1 day`. Months and years are not allowed
 * in these properties, for they have no fixed length.
 *
 * @returns milliseconds; null when the text is no such interval
 */
export function parseIntervalMs(text: string): number | null {
  const words = text
    .trim()
    .toLowerCase()
    .replace(/^interval\s+/, '')
    .replaceAll("'", ' ')
    .trim()
    .split(/\s+/);
  if (words.length === 0 || words.length % 2 !== 0) return null;
  let sumMs = 0;
  for (let index = 0; index < words.length; index += 2) {
    const count = words[index] ?? '';
    const unit = unitMs[(words[index + 1] ?? '').replace(/s$/, '')];
    if (unit === undefined || !/^\d+(\.\d+)?$/.test(count)) return null;
    sumMs += Number(count) * unit;
  }
  return sumMs;
}

/** A table that is synced every interval should stay readable for several of them: one sync may fail, a day may be long. */
const comfortableIntervals = 4;

/**
 * The early warning of `validate`: a source table whose versions expire soon after they were replaced.
 *
 * @returns a sentence; null where the retention is comfortable
 */
export function shortRetention(
  properties: Readonly<Record<string, string>>,
  syncIntervalMinutes: number,
): string | null {
  const { retentionMs, warning } = deletedFileRetention(properties);
  if (warning !== null) return warning;
  if (retentionMs >= comfortableIntervals * syncIntervalMinutes * 60_000) return null;
  const text = new Map(Object.entries(properties)).get('delta.deletedFileRetentionDuration') ?? '7 days by default';
  return `delta.deletedFileRetentionDuration (${text}) is less than ${comfortableIntervals} sync intervals of ${syncIntervalMinutes} min: a version that is not copied in time can't be read any more.`;
}

/** How long a version that is not the newest stays readable after its own commit, and a warning if nobody can tell. */
export function deletedFileRetention(properties: Readonly<Record<string, string>>): {
  readonly retentionMs: number;
  readonly warning: string | null;
} {
  const text = new Map(Object.entries(properties)).get('delta.deletedFileRetentionDuration');
  if (text === undefined) return { retentionMs: defaultDeletedFileRetentionMs, warning: null };
  const retentionMs = parseIntervalMs(text);
  if (retentionMs !== null) return { retentionMs, warning: null };
  return {
    retentionMs: defaultDeletedFileRetentionMs,
    warning: `delta.deletedFileRetentionDuration is "${text}", which is no interval; the default of 7 days is assumed.`,
  };
}
