import type { PointSummary } from '../point.js';
import { directionFrom, otherRegion } from '../region.js';
import type { GroupStatus, Phase, RecoveryPointStatus } from '../status.js';
import type { GroupState } from './state.js';

const iso = (ms: number): string => new Date(ms).toISOString();

const pointStatus = (point: PointSummary): RecoveryPointStatus => ({
  syncId: point.syncId,
  kind: point.source.kind,
  runId: point.source.kind === 'run' ? point.source.runId : null,
  repairId: point.source.kind === 'run' ? point.source.repairId : null,
  runEndTime: iso(point.runEndTime),
  publishedAt: iso(point.publishedAt),
});

/**
 * The public view of a group's state, as the query `status` answers it.
 *
 * @param phase what the entity is doing right now; not part of the state, since it ends with each life
 */
export function publicStatus(state: GroupState, phase: Phase, workflowId: string, nowMs: number): GroupStatus {
  const [newest] = state.points;
  return {
    workspace: state.workspace,
    group: state.group,
    workflowId,
    phase,
    activeRegion: state.activeRegion,
    direction: directionFrom(state.activeRegion),
    protection: state.protection,
    epoch: state.epoch,
    paused: state.paused,
    fencePending: state.fence !== null && state.fence.confirmedAt === null,
    held: state.held && {
      code: state.held.code,
      message: state.held.message,
      remedy: state.held.remedy ?? null,
      since: iso(state.held.since),
    },
    recoveryPoint: newest ? pointStatus(newest) : null,
    recoveryPoints: state.points.map((point) => ({ ...pointStatus(point), readable: null })),
    runsBehind: state.lastLook?.runsBehind ?? 0,
    ageSeconds: newest ? Math.max(0, Math.round((nowMs - newest.runEndTime) / 1000)) : null,
    lastSync: state.lastSync && {
      syncId: state.lastSync.syncId,
      result: state.lastSync.result,
      copiedBytes: state.lastSync.copiedBytes,
      durationMs: state.lastSync.durationMs,
    },
    lastError: state.lastError && {
      code: state.lastError.code,
      message: state.lastError.message,
      ...(state.lastError.remedy === undefined ? {} : { remedy: state.lastError.remedy }),
      at: iso(state.lastError.at),
    },
    nextSyncAt: nextSyncAt(state),
    warnings: [
      ...mixedTables(state, phase),
      ...oldPoint(state),
      ...unwrittenEvents(state),
      ...ledgersDiffer(state),
      ...lostMails(state, nowMs),
      ...state.warnings,
    ],
    lastDrill: null,
    requests: state.requests,
    ignoredSignals: state.ignoredSignals,
  };
}

/** While a sync works at it, that is what a sync does. */
const mixedTables = ({ unfinishedPublish, activeRegion }: GroupState, phase: Phase): string[] =>
  unfinishedPublish === null || phase !== 'idle'
    ? []
    : [
        `The tables in the ${otherRegion(activeRegion)} region may hold a mix of two states: a publish has failed half-way. ` +
          'It is completed before anything else; a failover would complete it, too.',
      ];

const unwrittenEvents = ({ ledgerFailedAt, ledgerQueue }: GroupState): string[] =>
  ledgerFailedAt === null || ledgerQueue.length === 0
    ? []
    : [`${ledgerQueue.length} events could not be written to the ledger; the next tick tries again.`];

const ledgersDiffer = ({ ledgerGap }: GroupState): string[] =>
  ledgerGap?.failure
    ? [
        `The ledgers of the two regions differ: ${ledgerGap.failure.message} They are made alike ` +
          `${ledgerGap.close === 'next-event' ? 'with the next sync or other event' : 'with the first tick at which both answer'}.`,
      ]
    : [];

/** Long enough that somebody looks; a mail that was lost a year ago is no news. */
const lostMailsShownMs = 7 * 24 * 3600_000;

const lostMails = ({ lostMails: lost }: GroupState, nowMs: number): string[] =>
  lost === null || nowMs - lost.lastAt > lostMailsShownMs
    ? []
    : [`${lost.count} mails in all could not be sent, the last one at ${iso(lost.lastAt)}: nobody got them.`];

const oldPoint = ({ rpo, seen, points: [newest] }: GroupState): string[] =>
  rpo.mail === null
    ? []
    : [
        `${newest ? 'The recovery point is older than' : 'There is no recovery point within'} its target of ${seen?.rpoTargetMinutes ?? 0} min.`,
      ];

/** The next tick, counted from the last one; null while no tick would sync. The Schedule itself knows it to the second. */
function nextSyncAt(state: GroupState): string | null {
  if (state.paused || state.protection === 'exposed' || state.held) return null;
  if (state.lastTickAt === null || state.syncIntervalMinutes === null) return null;
  return iso(state.lastTickAt + state.syncIntervalMinutes * 60_000);
}

/** The one word of the search attribute `DrState`: the most urgent thing that is true. */
export function stateWord(state: GroupState, phase: Phase): string {
  if (phase === 'switching') return phase;
  if (state.held) return 'held';
  if (state.paused) return 'paused';
  if (state.protection !== 'protected') return state.protection;
  return phase;
}
