import type { FailureCode } from './failure.js';
import type { Direction } from './region.js';

/** Everything that happens to a group, in the ledger's words. */
export type LedgerEventName =
  | 'sent'
  | 'published'
  | 'failed'
  | 'rolled_back'
  | 'held'
  | 'paused'
  | 'resumed'
  | 'failed_over'
  | 'switched_over'
  | 'fenced'
  | 'reprotected'
  | 'drilled'
  | 'took_over'
  | 'baseline'
  | 'request';

/** One row of the ledger. Columns have these names in snake_case; times are stored as TIMESTAMP, here epoch ms. */
export interface LedgerRow {
  /** Deterministic: the same event recorded twice has the same id, so that a repeat is recognised. */
  readonly eventId: string;
  readonly recordedAt: number;
  readonly epoch: number;
  readonly controller: string;
  readonly workspaceName: string;
  readonly groupName: string;
  readonly direction: Direction;
  readonly syncId: string | null;
  readonly event: LedgerEventName;
  readonly runId: string | null;
  readonly repairId: string | null;
  readonly runEndTime: number | null;
  /** null on the group row, which carries the manifest in `detail`. */
  readonly tableName: string | null;
  readonly tableId: string | null;
  readonly sourceVersion: number | null;
  readonly stagingVersion: number | null;
  readonly targetVersionBefore: number | null;
  readonly targetVersion: number | null;
  readonly hop: 'send' | 'receive' | null;
  readonly sourceBytes: number | null;
  readonly copiedBytes: number | null;
  readonly copiedFiles: number | null;
  readonly removedFiles: number | null;
  readonly durationMs: number | null;
  readonly specHash: string | null;
  readonly errorCode: FailureCode | null;
  readonly errorMessage: string | null;
  /** JSON text; its shape per event stands in ledger-events.ts. */
  readonly detail: string | null;
}
