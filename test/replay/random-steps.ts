/** Steps whose answers are thrown by dice, for workflows that are to be driven through as many of their paths as can be. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { HomeActivities, HostActivities, RunLook, UsablePoint } from '../../src/activities/contract.js';
import type { FailureCode } from '../../src/domain/failure.js';
import { DrError } from '../../src/domain/failure.js';
import type { LedgerRow } from '../../src/domain/ledger.js';
import type { RecoveryPoint } from '../../src/domain/point.js';
import type { GroupRef, GroupSettings, GroupSpec } from '../../src/domain/spec.js';

const tables = ['a.b.bronze', 'a.b.silver'].map((name) => ({ primary: name, secondary: name }));

const settingsOf = ({ workspace, group }: GroupRef): GroupSettings => ({
  ...{ workspace, group },
  job: { primary: 'job', secondary: 'job' },
  tableCount: tables.length,
  hosts: { primary: 'primary.example', secondary: 'secondary.example' },
  syncIntervalMinutes: 1,
  failoverIntervalMinutes: 0.05,
  maxRetries: 2,
  trigger: group.endsWith('c') ? 'completion' : 'interval',
  acceptPartialSuccess: false,
  recoveryPointsKept: 3,
  rpoTargetMinutes: group.endsWith('r') ? 0.05 : null,
  maxParallelTables: 2,
  verify: 'files',
  acknowledgeStreaming: false,
  successMail: 'each',
  activateJob: true,
  specHash: 'hash',
});

const specOf = (ref: GroupRef): GroupSpec => ({
  ...settingsOf(ref),
  tables,
  syncLocations: { primary: 'abfss://p', secondary: 'abfss://s' },
});

const retention = { log: null, deletedFiles: null };

const stamp = { sourceTableId: 'id', sourceVersion: 1, syncId: 'sync', epoch: 1, controller: 'c' };

const pointOf = (syncId: string): RecoveryPoint => ({
  syncId,
  source: { kind: 'run', runId: syncId, repairId: null },
  runEndTime: Date.now(),
  epoch: 1,
  controller: 'c',
  specHash: 'hash',
  manifest: tables.map((table) => ({
    sourceTable: table.primary,
    targetTable: table.secondary,
    stagingLocation: 'abfss://s/x',
    sourceTableId: 'id',
    sourceVersion: 1,
    stagingVersion: 1,
    stagingCommittedAt: 1,
    stamp,
    sourceRetention: retention,
    targetVersionBefore: null,
    carried: false,
  })),
});

const facts = {
  ...{ sourceFiles: 1, sourceBytes: 1, copiedBytes: 1 },
  ...{ copiedFiles: 1, removedFiles: 0, durationMs: 1 },
};

const again: readonly FailureCode[] = ['REGION_UNREACHABLE', 'WAREHOUSE_UNAVAILABLE', 'RATE_LIMITED'];
const final: readonly FailureCode[] = [
  'STATEMENT_FAILED',
  'VERIFY_FAILED',
  'NO_QUIET_POINT',
  'TARGET_CHANGED',
  'NO_RECOVERY_POINT',
];

/** @param random in [0, 1) */
export function randomSteps(random: () => number): HomeActivities & HostActivities {
  const chance = (probability: number): boolean => random() < probability;
  const pick = <T>(from: readonly T[]): T => {
    const chosen = from[Math.floor(random() * from.length)];
    if (chosen === undefined) throw new Error('nothing to choose from');
    return chosen;
  };
  let runs = 0;

  /** Takes some time, and fails now and then: for the moment, or for good. */
  async function step<Result>(result: () => Result): Promise<Result> {
    await sleep(random() * 60);
    if (chance(0.08)) throw new DrError(pick(again), 'as thrown by the dice', { retryAfterMs: 50 });
    if (chance(0.03)) throw new DrError(pick(final), 'as thrown by the dice');
    return result();
  }
  const wait = async <Result>(result: () => Result): Promise<Result> => {
    if (chance(0.5)) throw new DrError('REGION_UNREACHABLE', 'not yet', { retryAfterMs: 100 });
    return step(result);
  };
  const look = (): RunLook => {
    const at = Date.now();
    runs += 1;
    const seen = { at, unpublishedRuns: [], runsBehind: 0, activeRunIds: [] };
    return pick<RunLook>([
      {
        look: seen,
        kind: 'cut',
        target: { kind: 'run', run: { runId: `run-${runs}`, repairId: null }, endTime: at },
      },
      {
        look: seen,
        kind: 'cut',
        target: { kind: 'run', run: { runId: `run-${runs}`, repairId: null }, endTime: at },
      },
      { look: seen, kind: 'wait' },
      { look: seen, kind: 'nothing' },
      { look: seen, kind: 'hold', failure: { code: 'NO_QUIET_POINT', message: 'overlap' }, run: null },
    ]);
  };
  const ledger = (): readonly LedgerRow[] => [];
  const someEvents = () =>
    Array.from({ length: Math.floor(random() * 3) }, (_, at) => ({ eventId: `event-${at}`, recordedAt: at }));
  const usable = (): UsablePoint => ({
    point: pointOf('kept'),
    publishedAt: 1,
    ledgerEpoch: 1,
    uncoveredTables: [],
    identityTables: [],
    baselines: {},
  });
  const cloned = () => ({
    stamp,
    version: 1,
    committedAt: 1,
    versionBefore: null,
    clone: { hop: 'send' as const, ...facts },
  });

  return {
    loadGroup: (ref) => step(() => settingsOf(ref)),
    loadSpec: (ref) => step(() => specOf(ref)),
    notify: () => step(() => undefined),
    startEntity: async () => undefined,
    awaitClosed: () => wait(() => undefined),
    lookAtRuns: () => step(look),
    awaitRun: () => wait(look),
    readEvents: () => step(ledger),
    recordEvents: () => step(() => undefined),
    listEvents: () => step(someEvents),
    missingEvents: () => step(someEvents),
    readForCopy: ({ events }) => step(() => ({ eventIds: events.slice(0, 1).map(({ eventId }) => eventId), rows: [] })),
    readBase: () =>
      step(() => ({
        superseded: null,
        previous: chance(0.7) ? pointOf('before') : null,
        kept: { oldest: {}, ends: [] },
        stillKept: { oldest: {}, ends: [] },
        baselines: {},
        sendAgain: false,
      })),
    resolveCut: ({ target }) =>
      step(() => ({
        target,
        tables: tables.map((table) => ({
          table,
          tableId: 'id',
          version: 1,
          committedAt: 1,
          changed: true,
          sourceRetention: retention,
        })),
        notes: [],
        warnings: [],
      })),
    guardTargets: ({ tables: guarded }) =>
      step(() =>
        guarded.map(({ targetTable }) => ({
          targetTable,
          current: chance(0.2),
          newestVersion: 1,
          readAt: Date.now(),
          readBy: 'a worker',
        })),
      ),
    startClone: () =>
      step(() =>
        chance(0.5)
          ? { kind: 'done' as const, result: cloned() }
          : { kind: 'submitted' as const, statementId: 's', versionBefore: null, submittedAt: 1 },
      ),
    startStrand: () => step(() => ({ statementId: 's', baseline: { tableId: 'id', version: 1 } })),
    finishStrand: () => step(() => ({ tableId: 'id', version: 1 })),
    awaitStatement: () => wait(() => undefined),
    finishClone: () => step(cloned),
    cancelStatement: () => wait(() => undefined),
    quiesce: () => wait(() => undefined),
    verifyTables: () => step(() => []),
    usablePoint: () => step(usable),
    readJob: () => wait(() => ({ maxConcurrentRuns: 1 })),
    fenceJob: () => wait(() => undefined),
    activateJob: () => step(() => undefined),
    vacuumStaging: () => step(() => undefined),
  };
}
