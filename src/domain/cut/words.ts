import type { RunKey } from '../runs.js';

/** How runs and times are written in messages, so that all of them read alike. */
export const describeRun = ({ runId, repairId }: RunKey): string =>
  repairId === null ? `run ${runId}` : `run ${runId} (repair ${repairId})`;

export const iso = (timeMs: number): string => new Date(timeMs).toISOString();

/** Ids are decimal strings longer than a JS number is exact: the longer one is the greater, then by digits. */
export const compareIds = (a: string, b: string): number => a.length - b.length || (a === b ? 0 : a < b ? -1 : 1);
