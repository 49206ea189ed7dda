import type { MailPoint } from '../../domain/mail-event.js';
import type { Region } from '../../domain/region.js';
import type { RunKey } from '../../domain/runs.js';

/** `2026-11-22 20:41 UTC`: unmistakable in every country and time zone. */
export const timeWords = (epochMs: number): string =>
  `${new Date(epochMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Decimal units, as clouds bill them. */
export function byteWords(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), byteUnits.length - 1);
  const value = bytes / 1000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${byteUnits[power]}`;
}

/** `850 ms`, `12 s`, `4 min 5 s`, `3 h 20 min`, `2 d 4 h`: the two largest units. */
export function durationWords(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  const shown = parts.slice(first, first + 2).filter(([count]) => count > 0);
  return shown.map(([count, unit]) => `${count} ${unit}`).join(' ');
}

export const countWords = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

export const runWords = ({ runId, repairId }: RunKey): string =>
  repairId === null ? `run ${runId}` : `run ${runId} (repair ${repairId})`;

export const pointWords = (point: MailPoint): string =>
  point.run === null
    ? `snapshot of ${timeWords(point.runEndTime)}`
    : `${runWords(point.run)}, ended ${timeWords(point.runEndTime)}`;

export const regionWords = (region: Region): string => `the ${region} region`;
