/** A group's entity that only answers: what the command line does with the answers is what the tests are about. */
import { condition, setHandler } from '@temporalio/workflow';
import type { GroupStatus, RequestKind, RequestOutcome } from '../../src/domain/status.js';
import type { ProtectGroupInput, Request } from '../../src/workflows/messages.js';
import { signals, statusQuery } from '../../src/workflows/messages.js';
import { aStatus } from './a-status.js';

export async function protectGroup({ workspace, group }: ProtectGroupInput): Promise<void> {
  let status: GroupStatus = aStatus({
    workspace,
    group,
    workflowId: `dr/${workspace}/${group}`,
    recoveryPoints: [],
    ...(group === 'lookups' ? { recoveryPoint: null } : {}),
  });
  const answer = (
    kind: RequestKind,
    request: Request | undefined,
    outcome: RequestOutcome,
    changes: Partial<GroupStatus>,
  ): void => {
    const refused = outcome === 'refused';
    const entry = {
      id: request?.requestId ?? '',
      kind,
      at: '2026-05-01T12:00:00.000Z',
      outcome,
      code: refused ? ('NO_RECOVERY_POINT' as const) : null,
    };
    status = { ...status, ...changes, requests: [entry, ...status.requests] };
  };
  setHandler(statusQuery, () => status);
  setHandler(signals.pause, (request) =>
    answer('pause', request, status.paused ? 'no-change' : 'done', { paused: true }),
  );
  setHandler(signals.resume, (request) => answer('resume', request, 'done', { paused: false }));
  setHandler(signals.syncNow, (request) => answer('syncNow', request, 'done', {}));
  setHandler(signals.failover, (request) => {
    const asked = `${request?.to} ${request?.reason} ${request?.recoveryPoint} ${request?.acceptLoss} ${request?.requestedBy !== undefined}`;
    if (status.recoveryPoint === null) return answer('failover', request, 'refused', {});
    return answer('failover', request, 'done', {
      activeRegion: request?.to ?? 'secondary',
      protection: 'exposed',
      lastError: { code: 'UNEXPECTED_ANSWER', message: `asked: ${asked}`, at: '2026-05-01T12:00:00.000Z' },
    });
  });
  await condition(() => false);
}

export async function syncTick(): Promise<void> {
  // The tests look at what starts it.
}
