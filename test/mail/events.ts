import type { MailEvent, MailPoint } from '../../src/domain/mail-event.js';

/** 2026-11-22 20:00 UTC. */
export const noon = Date.UTC(2026, 10, 22, 20, 0);
const minute = 60_000;

export const point: MailPoint = {
  syncId: 'sync-7',
  run: { runId: '812345678901234', repairId: null },
  runEndTime: noon - 20 * minute,
};

const base = { workspace: 'ws', group: 'sample_workflow_1', at: noon };

/** One event of each kind. */
export const events = {
  sync_published: {
    ...base,
    kind: 'sync_published',
    eventId: 'ws/sample_workflow_1/sync-7',
    direction: 'forward',
    point,
    tables: [
      { table: 'cat.raw.bronze', sourceVersion: 41, carried: true, copiedBytes: 0, copiedFiles: 0, durationMs: 0 },
      {
        table: 'cat.main.gold',
        sourceVersion: 42,
        carried: false,
        copiedBytes: 1_234_567,
        copiedFiles: 3,
        durationMs: 4_200,
      },
    ],
    copiedBytes: 1_234_567,
    durationMs: 65_000,
    notes: ['cat.main.gold: Version 42 can be read only until 2026-05-08T12:00:00.000Z.'],
    nextSyncAt: noon + 15 * minute,
  },
  sync_failed: {
    ...base,
    kind: 'sync_failed',
    eventId: 'ws/sample_workflow_1/failed/1',
    direction: 'forward',
    run: { runId: '9', repairId: '3' },
    failure: {
      code: 'STATEMENT_FAILED',
      message: 'The clone of cat.main.gold failed.',
      remedy: 'Look at statement 01ef.',
    },
    point,
    mixed: false,
    firstFailedAt: noon - 5 * minute,
    nextSyncAt: noon + 15 * minute,
  },
  sync_rolled_back: {
    ...base,
    kind: 'sync_rolled_back',
    eventId: 'ws/sample_workflow_1/failed/2',
    direction: 'forward',
    run: { runId: '9', repairId: null },
    failure: { code: 'VERIFY_FAILED', message: 'cat.main.gold differs from staging.' },
    point,
    mixed: false,
    firstFailedAt: noon,
    nextSyncAt: null,
  },
  publish_completed: {
    ...base,
    kind: 'publish_completed',
    eventId: 'ws/sample_workflow_1/completed/sync-7/1',
    region: 'secondary',
    point,
    undone: true,
  },
  recovered: {
    ...base,
    kind: 'recovered',
    eventId: 'ws/sample_workflow_1/recovered/sync-7',
    point,
    firstFailedAt: noon - 125 * minute,
  },
  held: {
    ...base,
    kind: 'held',
    eventId: 'ws/sample_workflow_1/held/TARGET_CHANGED/1',
    failure: {
      code: 'TARGET_CHANGED',
      message: 'cat.main.gold was written to in the secondary region.',
      remedy: 'Run `lakehouse-dr explain sample_workflow_1`.',
    },
    since: noon - minute,
    point,
    mixed: false,
  },
  failed_over: {
    ...base,
    kind: 'failed_over',
    eventId: 'ws/sample_workflow_1/switch-1',
    to: 'secondary',
    reason: 'region down',
    requestedBy: 'ada',
    point,
    lostRuns: [{ runId: '812345678909999', repairId: null }],
    interruptedRunIds: ['812345678910000'],
    identityTables: ['cat.main.gold'],
    uncoveredTables: ['cat.main.new_table'],
    job: { name: 'sample_workflow_1', activated: true, failure: null },
    fencePending: true,
    epoch: 2,
    durationMs: 48_000,
  },
  switched_over: {
    ...base,
    kind: 'switched_over',
    eventId: 'ws/sample_workflow_1/switch-2',
    to: 'primary',
    reason: null,
    requestedBy: null,
    point,
    job: { name: 'sample_workflow_1', activated: false, failure: null },
    epoch: 3,
    durationMs: 90_000,
  },
  fenced: {
    ...base,
    kind: 'fenced',
    eventId: 'ws/sample_workflow_1/switch-1/fenced',
    region: 'primary',
    job: 'sample_workflow_1',
    canceledRunIds: ['812345678910000'],
  },
  fence_refused: {
    ...base,
    kind: 'fence_refused',
    eventId: 'ws/sample_workflow_1/switch-1/fence_refused',
    region: 'primary',
    job: 'sample_workflow_1',
    failure: {
      code: 'PERMISSION_DENIED',
      message: 'The principal jobs may not manage the job sample_workflow_1.',
      remedy: 'Grant CAN MANAGE.',
    },
  },
  drill: { ...base, kind: 'drill', eventId: 'ws/sample_workflow_1/drill-1', point, failure: null, durationMs: 30_000 },
  rpo_exceeded: { ...base, kind: 'rpo_exceeded', eventId: 'ws/sample_workflow_1/rpo/1', targetMinutes: 15, point },
  rpo_recovered: { ...base, kind: 'rpo_recovered', eventId: 'ws/sample_workflow_1/rpo/1', targetMinutes: 15, point },
} as const satisfies { readonly [K in MailEvent['kind']]: MailEvent & { readonly kind: K } };
