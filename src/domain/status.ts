import type { Failure, FailureCode } from './failure.js';
import type { Direction, Region } from './region.js';

/**
 * A group's public state: the answer to the query `status`, and (joined with versions from the ledger) an element of
 * `status --json`. Names are fixed by contract. Times are ISO 8601 UTC.
 */
export interface GroupStatus {
  readonly workspace: string;
  readonly group: string;
  readonly workflowId: string;
  readonly phase: Phase;
  readonly activeRegion: Region;
  readonly direction: Direction;
  readonly protection: Protection;
  readonly epoch: number;
  readonly paused: boolean;
  /** The former active region's job could not be fenced yet; retried until it holds. */
  readonly fencePending: boolean;
  readonly held: HeldStatus | null;
  readonly recoveryPoint: RecoveryPointStatus | null;
  /** Newest first. */
  readonly recoveryPoints: readonly KeptPointStatus[];
  /** Complete runs that are newer than the recovery point. */
  readonly runsBehind: number;
  /** Age of the recovery point's run end; null when there is none. */
  readonly ageSeconds: number | null;
  readonly lastSync: LastSyncStatus | null;
  readonly lastError: (Failure & { readonly at: string }) | null;
  readonly nextSyncAt: string | null;
  /** What is not wrong yet: an old recovery point, versions near their expiry. Absent in answers of older workers. */
  readonly warnings?: readonly string[];
  readonly lastDrill: { readonly at: string; readonly result: string } | null;
  readonly requests: readonly RequestStatus[];
  readonly ignoredSignals: number;
}

/** `waiting-for-run`: the group's job is active, its end is awaited. */
export type Phase = 'idle' | 'waiting-for-run' | 'syncing' | 'switching';

/** `exposed`: failed over and not yet protected the other way. */
export type Protection = 'unprotected' | 'protected' | 'exposed';

export interface HeldStatus {
  readonly code: FailureCode;
  readonly message: string;
  readonly remedy: string | null;
  readonly since: string;
}

export interface RecoveryPointStatus {
  readonly syncId: string;
  readonly kind: 'run' | 'snapshot';
  readonly runId: string | null;
  readonly repairId: string | null;
  readonly runEndTime: string;
  readonly publishedAt: string;
  /** Only in `status --json`; null when the ledger can't be read now. Keyed by target table. */
  readonly tables?: Readonly<Record<string, TableVersions>> | null;
}

export interface TableVersions {
  readonly sourceVersion: number;
  readonly stagingVersion: number;
  readonly targetVersion: number | null;
}

export type KeptPointStatus = Omit<RecoveryPointStatus, 'tables'> & {
  /** null when it was not looked up (the Temporal query can't). */
  readonly readable: boolean | null;
};

export interface LastSyncStatus {
  readonly syncId: string;
  readonly result: SyncResult;
  readonly copiedBytes: number;
  readonly durationMs: number;
}

export type SyncResult = 'published' | 'unchanged' | 'failed' | 'rolled_back' | 'held' | 'canceled';

export interface RequestStatus {
  readonly id: string;
  readonly kind: RequestKind;
  readonly at: string;
  /** `accepted` while it is being worked on. */
  readonly outcome: RequestOutcome;
  readonly code: FailureCode | null;
}

export type RequestKind = 'syncNow' | 'pause' | 'resume' | 'failover';

/** `no-change`: what was asked for already was so. */
export type RequestOutcome = 'accepted' | 'done' | 'no-change' | 'refused' | 'failed';
