import type { GroupStatus } from '../../src/domain/status.js';

/** A protected group at rest, save what a test says. */
export const aStatus = (changes: Partial<GroupStatus>): GroupStatus => ({
  workspace: 'sales',
  group: 'orders',
  workflowId: 'dr/sales/orders',
  phase: 'idle',
  activeRegion: 'primary',
  direction: 'forward',
  protection: 'protected',
  epoch: 1,
  paused: false,
  fencePending: false,
  held: null,
  recoveryPoint: {
    syncId: 'sync-1',
    kind: 'run',
    runId: '7',
    repairId: '8',
    runEndTime: '2026-05-01T11:50:00.000Z',
    publishedAt: '2026-05-01T11:52:00.000Z',
  },
  recoveryPoints: [],
  runsBehind: 0,
  ageSeconds: 600,
  lastSync: null,
  lastError: null,
  nextSyncAt: null,
  lastDrill: null,
  requests: [],
  ignoredSignals: 0,
  ...changes,
});
