/** What people are told by mail: plain data, built by workflows, composed and sent by the `notify` activity. */
import type { Failure } from './failure.js';
import type { Direction, Region } from './region.js';
import type { RunKey } from './runs.js';
import type { GroupRef } from './spec.js';

/** Times are epoch ms. */
interface MailEventBase extends GroupRef {
  /** Deterministic: the same event told twice is the same mail (its Message-ID is made of this). */
  readonly eventId: string;
  readonly at: number;
}

/** A recovery point, as mails name it. */
export interface MailPoint {
  readonly syncId: string;
  /** null: a snapshot of standalone tables. */
  readonly run: RunKey | null;
  /** End of the run, or the instant of the snapshot. */
  readonly runEndTime: number;
}

/** What one sync moved for one table, both hops together. */
export interface MailTable {
  /** Full name in the target region. */
  readonly table: string;
  readonly sourceVersion: number;
  /** Nothing was copied: the table had not changed since the point before. */
  readonly carried: boolean;
  readonly copiedBytes: number;
  readonly copiedFiles: number;
  readonly durationMs: number;
}

/** A sync ended with the target tables equal to one run's end. */
export interface SyncPublishedMail extends MailEventBase {
  readonly kind: 'sync_published';
  readonly direction: Direction;
  readonly point: MailPoint;
  readonly tables: readonly MailTable[];
  readonly copiedBytes: number;
  readonly durationMs: number;
  /** What the owner should know of this point: versions near their expiry, commits that the job did not write. */
  readonly notes: readonly string[];
  /** When the next sync is due; null when nothing is planned. */
  readonly nextSyncAt: number | null;
}

/** A sync did not publish. `sync_failed`: readers saw nothing of it; `sync_rolled_back`: the point before was published again. */
export interface SyncFailedMail extends MailEventBase {
  readonly kind: 'sync_failed' | 'sync_rolled_back';
  readonly direction: Direction;
  /** The run whose state should have been copied; null when none was chosen yet. */
  readonly run: RunKey | null;
  readonly failure: Failure;
  /** What the target tables hold now; null when nothing was ever published. */
  readonly point: MailPoint | null;
  /** Neither the new point nor the one before could be published as a whole: the tables may hold some of both. */
  readonly mixed: boolean;
  readonly firstFailedAt: number;
  readonly nextSyncAt: number | null;
}

/** A publish that was left half-way is whole again: readers see one complete state. */
export interface PublishCompletedMail extends MailEventBase {
  readonly kind: 'publish_completed';
  readonly region: Region;
  readonly point: MailPoint;
  /** The point before the one that could not be published; false: that one. */
  readonly undone: boolean;
}

/** The first sync that was published after failures. */
export interface RecoveredMail extends MailEventBase {
  readonly kind: 'recovered';
  readonly point: MailPoint;
  readonly firstFailedAt: number;
}

/** The group is not synced until a newer cut is valid, or until a person answers. */
export interface HeldMail extends MailEventBase {
  readonly kind: 'held';
  readonly failure: Failure;
  readonly since: number;
  /** What the target tables hold now; null when nothing was ever published. */
  readonly point: MailPoint | null;
  /** It stopped a publish half-way, which could not be undone: the tables may hold a mix of two states. */
  readonly mixed: boolean;
}

/** The group is served from the other region, without the old one's help. */
export interface FailedOverMail extends MailEventBase {
  readonly kind: 'failed_over';
  readonly to: Region;
  readonly reason: string | null;
  readonly requestedBy: string | null;
  readonly point: MailPoint;
  /** Runs that ended after the recovery point and are known to be lost, oldest first. */
  readonly lostRuns: readonly RunKey[];
  /** Runs that were active when the old region was last seen: whatever they wrote is lost, too. */
  readonly interruptedRunIds: readonly string[];
  /** Tables with identity columns: values drawn after the recovery point are unknown here and may repeat. */
  readonly identityTables: readonly string[];
  /** Configured tables that the recovery point does not cover. */
  readonly uncoveredTables: readonly string[];
  /** null: a group without a job. */
  readonly job: { readonly name: string; readonly activated: boolean; readonly failure: Failure | null } | null;
  /** The old region's job is not fenced yet. */
  readonly fencePending: boolean;
  readonly epoch: number;
  readonly durationMs: number;
}

/** A planned switch: nothing was lost. */
export interface SwitchedOverMail extends MailEventBase {
  readonly kind: 'switched_over';
  readonly to: Region;
  readonly reason: string | null;
  readonly requestedBy: string | null;
  readonly point: MailPoint;
  readonly job: FailedOverMail['job'];
  readonly epoch: number;
  readonly durationMs: number;
}

/** The region that a switch left can't run the job any more. */
export interface FencedMail extends MailEventBase {
  readonly kind: 'fenced';
  readonly region: Region;
  readonly job: string;
  /** Runs that were cancelled there to hold the fence. */
  readonly canceledRunIds: readonly string[];
}

/** The region that was left answers, but does not let its job be fenced: a person has to see to it. */
export interface FenceRefusedMail extends MailEventBase {
  readonly kind: 'fence_refused';
  readonly region: Region;
  readonly job: string;
  readonly failure: Failure;
}

/** A rehearsal on clones ended. */
export interface DrillMail extends MailEventBase {
  readonly kind: 'drill';
  readonly point: MailPoint;
  /** null: passed. */
  readonly failure: Failure | null;
  readonly durationMs: number;
}

/** The recovery point is older than `rpo_target_mins` allows, or no longer is. */
export interface RpoMail extends MailEventBase {
  readonly kind: 'rpo_exceeded' | 'rpo_recovered';
  readonly targetMinutes: number;
  /** null: nothing was ever published. */
  readonly point: MailPoint | null;
}

export type MailEvent =
  | SyncPublishedMail
  | SyncFailedMail
  | PublishCompletedMail
  | RecoveredMail
  | HeldMail
  | FailedOverMail
  | SwitchedOverMail
  | FencedMail
  | FenceRefusedMail
  | DrillMail
  | RpoMail;

type MailKind = MailEvent['kind'];

/** Goes to the failure address and the group's owner; everything else to the success address. */
export const isBadNews = (event: MailEvent): boolean => {
  if (event.kind === 'drill') return event.failure !== null;
  return !goodNews.includes(event.kind);
};

const goodNews: readonly MailKind[] = [
  'sync_published',
  'publish_completed',
  'recovered',
  'switched_over',
  'fenced',
  'rpo_recovered',
];
