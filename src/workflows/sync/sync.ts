import { setCurrentDetails } from '@temporalio/workflow';
import type { LookOrder, Target } from '../../activities/contract.js';
import type { RecordedIn } from '../../domain/group/ledger-gap.js';
import type { LedgerRow } from '../../domain/ledger.js';
import type { LedgerAuthor } from '../../domain/ledger-events.js';
import type { RecoveryPoint } from '../../domain/point.js';
import type { Direction } from '../../domain/region.js';
import type { GroupRef, GroupSpec } from '../../domain/spec.js';
import { endsOf } from '../../domain/spec.js';
import type { Attempts } from '../attempts.js';
import type { HostSteps } from '../steps.js';
import { homeSteps, syncSteps } from '../steps.js';

export interface SyncRunInput extends GroupRef {
  readonly syncId: string;
  readonly direction: Direction;
  /** null: copies nothing, but completes the publish that an earlier sync has left half-way. */
  readonly target: Target | null;
  readonly published: LookOrder['published'];
  readonly epoch: number;
  readonly controller: string;
  /** Staging was not vacuumed for a day. */
  readonly vacuumDue: boolean;
  /** Ledger events of the entity that wait for a statement in the target region's ledger. */
  readonly queuedEvents: readonly LedgerRow[];
  /** The source region's ledger has all that the target region's has, so that only this sync's events are new to it. */
  readonly ledgersAlike: boolean;
}

/** What a sync works with, once its spec was read. */
export interface Sync extends Attempts {
  readonly input: SyncRunInput;
  readonly spec: GroupSpec;
  readonly author: LedgerAuthor;
  readonly source: HostSteps;
  readonly target: HostSteps;
  readonly startedAt: number;
  /** The point that an earlier sync has left half-way, once it was chosen. */
  completing: RecoveryPoint | null;
  copiedBytes: number;
  writtenEventIds: string[];
  /** Rows that the target region's ledger has by now. */
  readonly recorded: LedgerRow[];
  /** The source region's ledger has them, too. */
  recordedInBoth: boolean;
}

export async function begin(input: SyncRunInput): Promise<Sync> {
  const spec = await homeSteps.loadSpec({ workspace: input.workspace, group: input.group });
  const { source, target } = endsOf(input.direction);
  return {
    input,
    spec,
    author: {
      workspace: input.workspace,
      group: input.group,
      epoch: input.epoch,
      controller: input.controller,
      direction: input.direction,
    },
    source: syncSteps(spec, source),
    target: syncSteps(spec, target),
    startedAt: Date.now(),
    completing: null,
    failedAttempts: 0,
    failedVerifications: 0,
    copiedBytes: 0,
    writtenEventIds: [],
    recorded: [],
    recordedInBoth: false,
  };
}

/** What every outcome tells, however the sync ended. */
export const facts = (sync: Sync) => ({
  syncId: sync.input.syncId,
  copiedBytes: sync.copiedBytes,
  durationMs: Date.now() - sync.startedAt,
  writtenEventIds: sync.writtenEventIds,
  recordedIn: recordedIn(sync),
});

function recordedIn({ recorded, recordedInBoth }: Sync): RecordedIn {
  if (recordedInBoth) return 'both';
  return recorded.length > 0 ? 'one' : 'neither';
}

/** Shows in the Web UI what the sync is doing. */
export function tell(sync: Sync, doing: string): void {
  const { target } = sync.input;
  if (target === null) {
    setCurrentDetails(doing);
    return;
  }
  const what = target.kind === 'run' ? `run ${target.run.runId}` : 'snapshot';
  setCurrentDetails(`**${what}** (${new Date(target.endTime).toISOString()}): ${doing}`);
}
