/**
 * The contract between the workflows and everybody who talks to them: names, ids, queues and payload types.
 * All that clients may import from `workflows/`; it pulls in no workflow code.
 */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { Region } from '../domain/region.js';
import type { GroupRef } from '../domain/spec.js';
import type { GroupStatus } from '../domain/status.js';

/** Workflow type names, as registered and as seen in the Web UI. */
export const workflowTypes = {
  protectGroup: 'protectGroup',
  syncTick: 'syncTick',
  syncRun: 'syncRun',
  switchOver: 'switchOver',
} as const;

/** The entity's id, fixed by contract; the Schedule of a group has the same id. */
export const entityId = ({ workspace, group }: GroupRef): string => `dr/${workspace}/${group}`;
export const syncRunId = (ref: GroupRef): string => `${entityId(ref)}/sync`;
export const switchOverId = (ref: GroupRef): string => `${entityId(ref)}/switch`;

/** Workflows, mail and config. */
export const workflowQueue = 'dr';
/** Everything that calls one Databricks host: a hanging region starves nobody but itself. */
export const hostQueue = (host: string): string => `dr/${host}`;
/** The steps of a switch: a thousand syncs can't starve a failover. */
export const switchQueue = (host: string): string => `dr-switch/${host}`;

/** Input of `protectGroup`: names only. Carried state is the workflow's own affair. */
export interface ProtectGroupInput extends GroupRef {
  readonly state?: unknown;
}

export type SyncTickInput = GroupRef;

/** Every request may carry an id (a repeat is ignored) and the name of who asked. */
export interface Request {
  readonly requestId?: string;
  readonly requestedBy?: string;
  readonly reason?: string;
}

export interface FailoverRequest extends Request {
  /** Default `secondary`. A destination, never a toggle. */
  readonly to?: Region;
  /** Run id of the recovery point to take; default the newest usable. */
  readonly recoveryPoint?: string;
  /** Accepts that rows written to the target since its last publish are moved to `stranded/` and replaced. */
  readonly acceptLoss?: boolean;
}

export const signals = {
  /** The Schedule's tick: look whether a complete run is not yet published. */
  syncDue: defineSignal<[Request?]>('syncDue'),
  /** A `syncDue` that skips the minimum spacing. */
  syncNow: defineSignal<[Request?]>('syncNow'),
  pause: defineSignal<[Request?]>('pause'),
  resume: defineSignal<[Request?]>('resume'),
  failover: defineSignal<[FailoverRequest?]>('failover'),
} as const;

export const statusQuery = defineQuery<GroupStatus>('status');

/** Typed search attributes; register them before use (`lakehouse-dr apply` does). */
export const searchAttributes = {
  workspace: defineSearchAttributeKey('DrWorkspace', SearchAttributeType.KEYWORD),
  group: defineSearchAttributeKey('DrGroup', SearchAttributeType.KEYWORD),
  /** `held`, `paused`, `exposed`, `unprotected`, else the phase. */
  state: defineSearchAttributeKey('DrState', SearchAttributeType.KEYWORD),
  activeRegion: defineSearchAttributeKey('DrActiveRegion', SearchAttributeType.KEYWORD),
  lastRunId: defineSearchAttributeKey('DrLastRunId', SearchAttributeType.KEYWORD),
  recoveryPoint: defineSearchAttributeKey('DrRecoveryPoint', SearchAttributeType.DATETIME),
} as const;
