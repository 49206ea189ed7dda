import type { Failure } from '../failure.js';
import type { LedgerRow } from '../ledger.js';
import type { MailEvent } from '../mail-event.js';
import type { PointSummary } from '../point.js';
import type { Region } from '../region.js';
import type { RunKey } from '../runs.js';
import type { GroupRef, GroupSettings } from '../spec.js';
import type { LastSyncStatus, Protection, RequestStatus } from '../status.js';
import type { LedgerGap } from './ledger-gap.js';
import { neverCompared } from './ledger-gap.js';
import type { SwitchRequest } from './requests.js';
import type { UnfinishedPublish } from './unfinished-publish.js';

/** Raised when a field changes its meaning; `upgradeState` reads every earlier one and refuses a newer one. */
export const stateSchemaVersion = 1;

/** A hold: why the group is not synced, and since when (epoch ms). */
export interface Hold extends Failure {
  readonly since: number;
  /** The run whose cut is refused: a cut hold clears when a newer one is valid. null on operator holds. */
  readonly run: RunKey | null;
}

/** The job of the region that a forced switch left: fenced as soon as that region answers, re-checked at every tick. */
export interface Fence {
  readonly region: Region;
  readonly switchId: string;
  readonly confirmedAt: number | null;
  /** A tick asked to look again whether the fence still holds. */
  readonly checkDue: boolean;
  /** Settings of the job before it was fenced; null until they were read. */
  readonly saved: { readonly maxConcurrentRuns: number } | null;
  /** The last attempt failed for a reason that waiting does not mend: the next tick tries again. */
  readonly refused: boolean;
  /** When the refusal was mailed; null or absent: it was not. */
  readonly mail?: FailureMailState | null;
}

/** What the newest look at the job's runs told. Kept for the loss report: the dead side can't be asked any more. */
export interface LastLook {
  readonly at: number;
  /** Complete runs newer than the recovery point, newest first, at most ten. */
  readonly unpublishedRuns: readonly (RunKey & { readonly endTime?: number | null })[];
  readonly runsBehind: number;
  readonly activeRunIds: readonly string[];
}

/** When failures were mailed: the first at once, then at most hourly until recovered. */
export interface FailureMailState {
  readonly firstFailedAt: number;
  readonly lastMailedAt: number;
}

/** Mails that were given up, or dropped from a queue that was full. */
export interface LostMails {
  readonly count: number;
  readonly lastAt: number;
}

/** What the loop has to know of the config between two looks at it. */
export type SeenSettings = Pick<GroupSettings, 'job' | 'trigger' | 'syncIntervalMinutes' | 'rpoTargetMinutes'>;

/** The watch over `rpo_target_mins`. */
export interface RpoWatch {
  /** Since when the group is known to want a recovery point; null without a target. */
  readonly since: number | null;
  /** When it was mailed that the target is passed; null: it is not. */
  readonly mail: FailureMailState | null;
}

/** Why a sync is due. `now` skips the minimum spacing. */
export type Due = 'no' | 'tick' | 'now';

/**
 * Everything that the entity carries from life to life. Plain JSON; times are epoch ms. Ids and counts only: versions
 * per table stay in the ledger, so that a group of a thousand tables carries no more than a group of one.
 */
export interface GroupState extends GroupRef {
  readonly schemaVersion: typeof stateSchemaVersion;
  /** Random id of this controller, drawn in its first life. */
  readonly controller: string;
  readonly epoch: number;
  readonly activeRegion: Region;
  /** When a switch made that region the active one, its tables right and its job not yet let run, epoch ms; null: none did. */
  readonly switchedAt: number | null;
  /** Which regions' ledgers this state was rebuilt from; no sync before the target region's was read. */
  readonly ledgersRead: readonly Region[];
  /** When both ledgers were last asked for; null: never. */
  readonly ledgersAskedAt: number | null;
  readonly paused: boolean;
  readonly held: Hold | null;
  readonly protection: Protection;
  readonly due: Due;
  /** The open `syncNow` request, answered when the sync that it asked for ends. */
  readonly openSyncRequestId: string | null;
  /** A publish whose end is not known; null: the target tables hold one whole point. */
  readonly unfinishedPublish: UnfinishedPublish | null;
  readonly switchRequest: SwitchRequest | null;
  readonly fence: Fence | null;
  /** Newest first; the first is the published one. */
  readonly points: readonly PointSummary[];
  readonly lastLook: LastLook | null;
  readonly lastSyncStartedAt: number | null;
  readonly lastSync: (LastSyncStatus & { readonly at: number }) | null;
  readonly lastError: (Failure & { readonly at: number }) | null;
  readonly failureMail: FailureMailState | null;
  readonly rpo: RpoWatch;
  /** Warnings of the newest published cut, at most `keptWarnings`: versions near their expiry. */
  readonly warnings: readonly string[];
  /** As last read from the config; null before the first look. */
  readonly seen: SeenSettings | null;
  /** When staging was last vacuumed, or first filled; null before. */
  readonly lastVacuumAt: number | null;
  readonly lastTickAt: number | null;
  /** Minutes between ticks, as last read from the config; null before the first look. */
  readonly syncIntervalMinutes: number | null;
  /** Newest first, at most `keptRequests`. */
  readonly requests: readonly RequestStatus[];
  /** Ids of requests already taken, newest first: a repeat is ignored. */
  readonly seenRequestIds: readonly string[];
  readonly ignoredSignals: number;
  /** Number of requests ever taken without an id of their own: makes one for them. */
  readonly namelessRequests: number;
  /** Mails that wait to be sent, oldest first. */
  readonly mailQueue: readonly MailEvent[];
  /** Mails that nobody got, since ever; null: none. */
  readonly lostMails: LostMails | null;
  /** Events that wait for the next statement in the target region's ledger, oldest first. */
  readonly ledgerQueue: readonly LedgerRow[];
  /** Since when those can't be written though they should be at once: the next tick tries again. null: they could. */
  readonly ledgerFailedAt: number | null;
  /** What the ledger of one region has and that of the other may lack; null: both are the same. */
  readonly ledgerGap: LedgerGap | null;
}

/** Carried state of the first release lacks these fields. */
const addedLater = {
  ledgersAskedAt: null,
  lostMails: null,
  ledgerFailedAt: null,
  rpo: { since: null, mail: null },
  warnings: [],
  seen: null,
  switchedAt: null,
  unfinishedPublish: null,
  ledgerGap: neverCompared,
} as const;

export function initialState(ref: GroupRef, controller: string): GroupState {
  return {
    schemaVersion: stateSchemaVersion,
    workspace: ref.workspace,
    group: ref.group,
    controller,
    epoch: 1,
    activeRegion: 'primary',
    ledgersRead: [],
    paused: false,
    held: null,
    protection: 'unprotected',
    due: 'no',
    openSyncRequestId: null,
    switchRequest: null,
    fence: null,
    points: [],
    lastLook: null,
    lastSyncStartedAt: null,
    lastSync: null,
    lastError: null,
    failureMail: null,
    ...addedLater,
    lastVacuumAt: null,
    lastTickAt: null,
    syncIntervalMinutes: null,
    requests: [],
    seenRequestIds: [],
    ignoredSignals: 0,
    namelessRequests: 0,
    mailQueue: [],
    ledgerQueue: [],
  };
}

/**
 * Reads carried state of this or an earlier schema.
 *
 * @returns null for a schema newer than this code knows: an older worker must not rewrite what it can't understand.
 */
export function upgradeState(carried: unknown): GroupState | null {
  const version = (carried as { schemaVersion?: unknown }).schemaVersion;
  if (typeof version !== 'number' || version > stateSchemaVersion) return null;
  return { ...addedLater, ...(carried as GroupState) };
}
