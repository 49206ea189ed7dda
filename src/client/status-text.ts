import type { GroupStatus, KeptPointStatus } from '../domain/status.js';
import { bytes, clockTime, counted, duration, fields, relativeTime } from './text.js';

/** One group's state for people: what matters first, remedies beside what is wrong. */
export function statusText(status: GroupStatus, nowMs: number, columns: number): string {
  const passive = status.activeRegion === 'primary' ? 'secondary' : 'primary';
  const rows: (readonly [string, string])[] = [
    ['state', stateOf(status)],
    [
      'active region',
      `${status.activeRegion}, ${status.protection === 'protected' ? `protected in the ${passive}` : `not protected in the ${passive}`}`,
    ],
    ['recovery point', recoveryPointText(status, nowMs)],
    ['behind', counted(status.runsBehind, 'finished run')],
  ];
  if (status.held !== null) {
    const { code, message, remedy, since } = status.held;
    rows.push([
      'held',
      `${code}, since ${relativeTime(since, nowMs)}: ${message}${remedy === null ? '' : `\nTo do: ${remedy}`}`,
    ]);
  }
  if (status.fencePending) {
    rows.push(['fence', `the job in the ${passive} is not stopped yet; that is tried until it holds`]);
  }
  if (status.lastSync !== null) {
    const { result, copiedBytes, durationMs } = status.lastSync;
    rows.push(['last sync', `${result}, ${bytes(copiedBytes)} copied in ${duration(durationMs)}`]);
  }
  if (status.lastError !== null && status.lastError.message !== status.held?.message) {
    const { code, message, remedy, at } = status.lastError;
    rows.push([
      'last error',
      `${code}, ${relativeTime(at, nowMs)}: ${message}${remedy === undefined ? '' : `\nTo do: ${remedy}`}`,
    ]);
  }
  if ((status.warnings ?? []).length > 0) rows.push(['warnings', (status.warnings ?? []).join('\n')]);
  rows.push(['next sync', nextSyncText(status, nowMs)]);
  rows.push([
    'last drill',
    status.lastDrill === null ? 'never' : `${status.lastDrill.result}, ${relativeTime(status.lastDrill.at, nowMs)}`,
  ]);
  return `${status.workspace}/${status.group}\n${fields(rows, columns)}`;
}

/** In one word or two, with what hinders it. */
function stateOf({ phase, paused, held, protection }: GroupStatus): string {
  const words = [
    protection,
    phase === 'idle' ? null : phase.replaceAll('-', ' '),
    held === null ? null : 'held',
    paused ? 'paused' : null,
  ];
  return words.filter((word) => word !== null).join(', ');
}

export function pointName({ kind, runId, repairId }: Pick<KeptPointStatus, 'kind' | 'runId' | 'repairId'>): string {
  if (kind === 'snapshot') return 'snapshot';
  return `run ${runId}${repairId === null ? '' : ` (repair ${repairId})`}`;
}

export function recoveryPointText({ recoveryPoint }: GroupStatus, nowMs: number): string {
  if (recoveryPoint === null) return 'none yet';
  const { runEndTime, publishedAt, kind } = recoveryPoint;
  const at = kind === 'run' ? 'ended' : 'of';
  return `${pointName(recoveryPoint)}, ${at} ${relativeTime(runEndTime, nowMs)} (${clockTime(runEndTime)}), published ${relativeTime(publishedAt, nowMs)}`;
}

function nextSyncText({ paused, held, protection, nextSyncAt }: GroupStatus, nowMs: number): string {
  if (protection === 'exposed') return 'none before the group is protected the other way (reprotect)';
  if (paused) return 'none while paused';
  if (held !== null && nextSyncAt === null) return 'none while held';
  return nextSyncAt === null
    ? 'none: its Schedule is paused or missing (see `lakehouse-dr plan`)'
    : relativeTime(nextSyncAt, nowMs);
}
