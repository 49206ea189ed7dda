/**
 * What the workflows may ask of the outside world: one method per step, with its plain-data order and answer.
 * Workflows import these types only; `createActivities` implements them. Every method throws `DrError` alone, which the
 * worker casts to an ApplicationFailure of that type.
 */
import type { KeptInStaging, TableBase } from '../domain/cut/index.js';
import type { Failure } from '../domain/failure.js';
import type { PublishedRun } from '../domain/group/published-run.js';
import type { LastLook } from '../domain/group/state.js';
import type { LedgerRow } from '../domain/ledger.js';
import type { EventsToCopy, ListedEvent } from '../domain/ledger-copy.js';
import type { CloneFacts, LedgerAuthor } from '../domain/ledger-events.js';
import type { MailEvent } from '../domain/mail-event.js';
import type { ManifestEntry, RecoveryPoint, SourceRetention, Stamp } from '../domain/point.js';
import type { Direction, Region } from '../domain/region.js';
import type { RunKey } from '../domain/runs.js';
import type { GroupHead, GroupRef, GroupSettings, GroupSpec, TableSpec } from '../domain/spec.js';

/** Steps on the queue `dr`: config, mail, Temporal itself. None of them talks to Databricks. */
export interface HomeActivities {
  /** The group's settings from the worker's own config. @throws GROUP_NOT_CONFIGURED */
  loadGroup(group: GroupRef): Promise<GroupSettings>;
  /** The whole spec, tables included: a snapshot for one sync or switch. @throws GROUP_NOT_CONFIGURED */
  loadSpec(group: GroupRef): Promise<GroupSpec>;
  /** Sends a mail; nothing to do where no SMTP server is configured. @throws MAIL_FAILED */
  notify(group: GroupRef, event: MailEvent): Promise<void>;
  /** Starts the entity if it is gone, and tells it that a sync is due. */
  startEntity(group: GroupRef): Promise<void>;
  /** Ends when no workflow of this id runs any more; retried until then. */
  awaitClosed(workflowId: string): Promise<void>;
}

/** A run that a cut is to be made of; for standalone tables the instant of a snapshot. */
export type Target =
  | { readonly kind: 'run'; readonly run: RunKey; readonly endTime: number }
  | { readonly kind: 'snapshot'; readonly endTime: number };

/** What a look at the job's runs told: Jobs REST calls only, no warehouse is woken. */
export type RunLook = {
  readonly look: LastLook;
} & (
  | { readonly kind: 'cut'; readonly target: Target }
  /** A run is active: its end is the next cut. */
  | { readonly kind: 'wait' }
  /** Nothing new, or the job never finished a run. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'hold'; readonly failure: Failure; readonly run: RunKey | null }
);

export interface LookOrder {
  readonly settings: GroupSettings;
  readonly region: Region;
  /** The published run and its end; null when nothing was published yet. */
  readonly published: PublishedRun | null;
  /** Wait for the next run even where none is active (`sync_trigger: "completion"`). */
  readonly untilNextRun: boolean;
  /** How long a region may be silent while a run is awaited before the step gives up. */
  readonly silenceLimitMs: number;
}

export interface BaseOrder {
  readonly spec: GroupSpec;
  readonly direction: Direction;
  readonly author: LedgerAuthor;
}

/** What the target region knows before a sync: who holds the group, what is published, what may be replaced. */
export interface Base {
  /** Another controller holds the group. */
  readonly superseded: Failure | null;
  /** The point that the target tables hold, or should hold. */
  readonly previous: RecoveryPoint | null;
  /** What the kept points need of staging: how far back it must reach. */
  readonly kept: KeptInStaging;
  /** The same of those that are still kept when one more is published. */
  readonly stillKept: KeptInStaging;
  /** Accepted content per target table: rows up to this version may be replaced though no sync wrote them. */
  readonly baselines: Baselines;
  /** The newest sync failed verification: what lies in staging is not trusted, and sent once more. */
  readonly sendAgain: boolean;
  /**
   * Source tables whose copy in staging was lost or tampered with: they are sent again though they have not changed. Absent
   * in the histories of earlier releases.
   */
  readonly unstaged?: readonly string[];
}

/** Content that is known up to this version. */
export interface Baseline {
  readonly tableId: string;
  readonly version: number;
}

export type Baselines = Readonly<Record<string, Baseline>>;

export interface CutOrder {
  readonly spec: GroupSpec;
  readonly direction: Direction;
  /** What the look found. The runs are read again: a newer one may have ended since, or only an older one makes a cut. */
  readonly target: Target;
  /** The published run and its end; null when nothing was published yet. */
  readonly published: LookOrder['published'];
  /** What is settled per source table: the published version, or a baseline of the side that is the source now. */
  readonly settled: Readonly<Record<string, TableBase>>;
}

/** One table of a cut. */
export interface CutTable {
  readonly table: TableSpec;
  readonly tableId: string;
  readonly version: number;
  /** Commit time of that version, epoch ms; null where the history that was read does not show it. */
  readonly committedAt: number | null;
  /** false: nothing to send, the previous point's entry is carried. */
  readonly changed: boolean;
  readonly sourceRetention: SourceRetention;
}

export interface Cut {
  readonly target: Target;
  readonly tables: readonly CutTable[];
  /** What a reader of the mail should know: the warnings, runs that failed before, foreign commits taken, tables sent in full. */
  readonly notes: readonly string[];
  /** Versions near their expiry. */
  readonly warnings: readonly string[];
}

/** One clone, in either hop. */
export interface CloneOrder {
  readonly head: GroupHead;
  readonly direction: Direction;
  readonly hop: 'send' | 'receive';
  readonly table: TableSpec;
  readonly stamp: Stamp;
  /** Send: the source's version. Receive: the staging version. */
  readonly fromVersion: number;
  /** Send: commit time of that version, by which it is known again should the table be replaced while it is copied. */
  readonly committedAt?: number | null;
  readonly sourceRetention: SourceRetention;
  /** Send: how long staging has to stay readable; null: the target is not ours to keep. */
  readonly keep: KeepOrder | null;
  /** Receive: content up to here is known and may be replaced; null: only what a sync wrote. */
  readonly baseline: Baseline | null;
  /** Clones even what seems to be right: it failed verification, or what it was cloned from did. */
  readonly again: boolean;
  /** Receive: what the guard of the whole publish found; looked at again when it is old, or null. */
  readonly reading: TargetReading | null;
}

export interface KeepOrder {
  /** Commit time of the oldest staging version that a kept point names, epoch ms; null: none does yet. */
  readonly oldestAt: number | null;
  /** Beyond the age of that version. */
  readonly reserveMs: number;
}

/** What the target tables are about to be made to hold, and by whom. */
export interface GuardOrder {
  readonly head: GroupHead;
  readonly direction: Direction;
  readonly holder: Pick<Stamp, 'epoch' | 'controller'>;
  readonly tables: readonly GuardedTable[];
}

export interface GuardedTable {
  readonly targetTable: string;
  readonly sourceTableId: string;
  readonly sourceVersion: number;
  readonly baseline: Baseline | null;
}

/** A target table that may be made to hold what is wanted, as it was found. */
export interface TargetReading {
  readonly targetTable: string;
  /** It holds the wanted rows already. */
  readonly current: boolean;
  /** null: nothing was ever written to it. */
  readonly newestVersion: number | null;
  /** Epoch ms, by the clock of the process that looked. */
  readonly readAt: number;
  /** That process: clocks of two may differ by minutes, so that to another one the reading is old. */
  readonly readBy: string;
  /** The clone that made it current; null where it is not. Absent: an older worker looked. */
  readonly made?: FoundClone | null;
}

/** A clone that somebody made before, and may not have verified. */
export interface FoundClone {
  /** The sync that it was made for, as its stamp says. */
  readonly syncId: string;
  readonly version: number;
  readonly facts: CloneFacts;
}

/** The state of a table after a clone, or instead of one. */
export interface CloneResult {
  readonly stamp: Stamp;
  readonly version: number;
  readonly committedAt: number;
  /** Newest version before the clone; null when there was no table or nothing in it. */
  readonly versionBefore: number | null;
  /** null when the table already was as wanted, by another sync. */
  readonly clone: CloneFacts | null;
  /** It was as wanted already: `clone` was made by an earlier step, whose answer was lost, or by an earlier publish. */
  readonly found?: boolean;
}

export type CloneStart =
  /** The table was as wanted already, or the clone ended at once. */
  | { readonly kind: 'done'; readonly result: CloneResult }
  | {
      readonly kind: 'submitted';
      readonly statementId: string;
      readonly versionBefore: number | null;
      readonly submittedAt: number;
    };

/** Puts aside what a target table holds before it is replaced. */
export interface StrandOrder {
  readonly head: GroupHead;
  readonly direction: Direction;
  readonly table: TableSpec;
  /** Names the folder below `stranded/`. */
  readonly switchId: string;
}

export interface StrandStart {
  readonly statementId: string;
  /** What is being put aside. */
  readonly baseline: Baseline;
}

export interface StatementOrder {
  readonly workspace: string;
  readonly region: Region;
  readonly hop: 'send' | 'receive';
  readonly statementId: string;
  /** What it does, for people: `Clone of main.sales.orders to staging`. */
  readonly doing: string;
  /** How long a region may be silent while a statement is awaited before the step gives up. */
  readonly silenceLimitMs: number;
}

export interface QuiesceOrder {
  readonly head: GroupHead;
  readonly region: Region;
  /** Statements of this sync are re-attached to, not cancelled; null: none is kept. */
  readonly keepSyncId: string | null;
  /** Whose work it is: where another controller has switched the group since, nothing is touched. Absent: a switch. */
  readonly holder?: Pick<Stamp, 'epoch' | 'controller'>;
}

export interface VerifyOrder {
  readonly head: GroupHead;
  readonly direction: Direction;
  readonly tables: readonly VerifiedTable[];
}

/** A table that was cloned, with what its CLONE commit says of it. */
export interface VerifiedTable {
  readonly entry: ManifestEntry;
  readonly targetVersion: number;
  readonly sourceFiles: number;
  readonly sourceBytes: number;
}

export interface Mismatch {
  readonly targetTable: string;
  readonly why: string;
}

export interface RecordOrder {
  readonly head: GroupHead;
  readonly region: Region;
  readonly rows: readonly LedgerRow[];
}

export interface ListOrder {
  readonly head: GroupHead;
  readonly region: Region;
  /** Recorded then or later, epoch ms. */
  readonly since: number;
  readonly limit: number;
}

export interface EventsOrder {
  readonly head: GroupHead;
  readonly region: Region;
  readonly events: readonly ListedEvent[];
}

export interface UsablePointOrder {
  readonly spec: GroupSpec;
  readonly direction: Direction;
  /** Run id that an operator named; null: the newest usable point. */
  readonly runId: string | null;
  /** End of the run that is published: older points are left out; null: every point counts. */
  readonly endedSince: number | null;
  /** Of a switch: the epoch that it starts from; null: this is none. */
  readonly epochBefore: number | null;
}

export interface UsablePoint {
  readonly point: RecoveryPoint;
  /** When it was published, epoch ms; null: never yet. */
  readonly publishedAt: number | null;
  /** Epoch of the last switch or take-over that the surviving ledger knows. */
  readonly ledgerEpoch: number;
  /** Configured tables that the point does not cover. */
  readonly uncoveredTables: readonly string[];
  /** Tables with identity columns: their generated values may repeat. */
  readonly identityTables: readonly string[];
  readonly baselines: Baselines;
}

export interface VacuumOrder extends Pick<BaseOrder, 'spec' | 'direction'> {
  /** By the points that are kept from now on. */
  readonly kept: KeptInStaging;
}

export interface SavedJobSettings {
  readonly maxConcurrentRuns: number;
}

export interface JobOrder {
  readonly settings: GroupSettings;
  readonly region: Region;
}

/** Steps on `dr/<host>` and `dr-switch/<host>`: everything that calls one Databricks workspace. */
export interface HostActivities {
  /** Looks once at the job's runs. */
  lookAtRuns(order: LookOrder): Promise<RunLook>;
  /** Looks again and again until there is no run to wait for. A waiting step: short attempts, retried. */
  awaitRun(order: LookOrder): Promise<RunLook>;
  /** A group's ledger events in a region, without manifests; empty where there is no ledger yet. */
  readEvents(order: { readonly head: GroupHead; readonly region: Region }): Promise<readonly LedgerRow[]>;
  /** Writes those rows that the ledger lacks. */
  recordEvents(order: RecordOrder): Promise<void>;
  /** A group's events in a region's ledger, oldest first; none where there is no ledger yet. */
  listEvents(order: ListOrder): Promise<readonly ListedEvent[]>;
  /** Of these events those that a region's ledger lacks, oldest first. */
  missingEvents(order: EventsOrder): Promise<readonly ListedEvent[]>;
  /** The first of these events as whole as the ledger has them, as many as travel in one step. */
  readForCopy(order: EventsOrder): Promise<EventsToCopy>;
  /** Checks that the group is ours, that every target table is there and of a kind that can be replaced. */
  readBase(order: BaseOrder): Promise<Base>;
  /** The exact version of every table at the run's end, or why there is none. Waits where clocks need a margin. */
  resolveCut(order: CutOrder): Promise<Cut>;
  /** Refuses the whole publish while no table has been replaced yet. @throws TARGET_CHANGED, SUPERSEDED */
  guardTargets(order: GuardOrder): Promise<readonly TargetReading[]>;
  /**
   * Reads the guards and the stamp, and submits the clone unless the table already is as wanted or it runs already; a
   * clone that ends within two seconds is finished here.
   */
  startClone(order: CloneOrder): Promise<CloneStart>;
  /** Submits a deep clone of a changed target table to `stranded/`. */
  startStrand(order: StrandOrder): Promise<StrandStart>;
  /** Which version really was put aside. @throws STATEMENT_FAILED where none was */
  finishStrand(order: StrandOrder, started: StrandStart): Promise<Baseline>;
  /** Ends when the statement has; a waiting step. @throws what the statement failed with */
  awaitStatement(order: StatementOrder): Promise<void>;
  /** Reads what the clone left. */
  finishClone(order: CloneOrder, started: Extract<CloneStart, { kind: 'submitted' }>): Promise<CloneResult>;
  /** Cancels a statement and ends when it has ended, whichever way; a waiting step. */
  cancelStatement(order: StatementOrder): Promise<void>;
  /** Cancels every live receive of the group and ends when none is left; a waiting step. */
  quiesce(order: QuiesceOrder): Promise<void>;
  /**
   * Compares published tables with the staging versions that they were cloned from.
   *
   * @returns those that differ, and how; empty when all is well
   */
  verifyTables(order: VerifyOrder): Promise<readonly Mismatch[]>;
  /** The recovery point that a switch takes. @throws NO_RECOVERY_POINT, ALREADY_THERE */
  usablePoint(order: UsablePointOrder): Promise<UsablePoint>;
  /** What of the job's settings a fence will overwrite: to be restored when the job comes back. */
  readJob(order: JobOrder): Promise<SavedJobSettings>;
  /** Keeps the job from running here: pauses what starts it, cancels what runs. Ends when no run is active; a waiting step. */
  fenceJob(order: JobOrder): Promise<void>;
  /** Lets the job run here: its saved settings are restored, its schedule is unpaused. */
  activateJob(order: JobOrder & SavedJobSettings): Promise<void>;
  /** Keeps staging readable for longer where kept points need it, then removes what none of them needs. At most daily. */
  vacuumStaging(order: VacuumOrder): Promise<void>;
}
