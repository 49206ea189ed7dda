/**
 * What the rest of the product may ask of one region of one workspace. Everything here fails with `DrError` only.
 * The implementations stand beside this file; `createWorkspace` (workspace.ts) puts them together.
 */
import type { TableCommit, TableDetail } from '../domain/commits.js';
import type { Role } from '../domain/connection.js';
import type { DrError } from '../domain/failure.js';
import type { LedgerEventName, LedgerRow } from '../domain/ledger.js';
import type { ListedEvent } from '../domain/ledger-copy.js';
import type { Direction, Region } from '../domain/region.js';
import type { JobRun } from '../domain/runs.js';
import type { TableRef } from './identifiers.js';

/** One region of one workspace. Keeps connections and cached tokens: one per worker, closed at its end. */
export interface Workspace {
  readonly region: Region;
  /** `<host>[:port]`. */
  readonly host: string;
  readonly jobs: Jobs;
  readonly catalog: Catalog;
  readonly warehouse: Warehouse;
  readonly secrets: Secrets;
  /** What stands above is asked with the token of `jobs`; here the same is asked with another one: what may that one see? */
  as(role: Role): Pick<Workspace, 'catalog' | 'warehouse'>;
  /** Long statements (clones, VACUUM): submitted and looked up by REST, so that they outlive the worker. */
  statements(role: Role): Statements;
  /** Short statements, answered while the caller waits. The warehouse has to run (`warehouse.ensureRunning`). */
  sql(role: Role, tags?: Tags): Sql;
  /** What tables tell about themselves, by short statements. */
  tables(role: Role, tags?: Tags): Tables;
  /** The ledger at `location`, a Delta table. The role has to write below the sync location of this region. */
  ledger(location: string, role: Role, tags?: Tags): Ledger;
  close(): Promise<void>;
}

/** Schedule, file-arrival trigger or continuous mode as the Jobs API gives it: kept whole, for an update replaces it whole. */
export type PausableSetting = Readonly<Record<string, unknown>> & { readonly pause_status?: string | undefined };

/** The part of a job's settings that decides whether it runs by itself. */
export interface JobSettings {
  readonly name: string;
  readonly schedule: PausableSetting | null;
  readonly trigger: PausableSetting | null;
  readonly continuous: PausableSetting | null;
  /** 0: every new run is skipped. */
  readonly maxConcurrentRuns: number;
}

/** Fields that are absent stay as they are; null is not a value here (the API can't remove a field this way). */
export interface JobSettingsUpdate {
  readonly schedule?: PausableSetting;
  readonly trigger?: PausableSetting;
  readonly continuous?: PausableSetting;
  readonly maxConcurrentRuns?: number;
}

export interface Job {
  /** Decimal string: 64 bit. */
  readonly jobId: string;
  readonly settings: JobSettings;
}

export interface ListRunsOptions {
  /** Epoch ms: only runs that are active, or whose last segment ended at or after this. Default: the newest 50 runs. */
  readonly endedSince?: number;
  /** Runs that are wanted wherever they lie in the list: repaired ones may lie deep in it. Those that are deleted are left out. */
  readonly include?: readonly string[];
}

export interface Jobs {
  /**
   * By exact name, else by name without regard to case.
   * @throws JOB_NOT_FOUND (also when the principal may not see it), JOB_AMBIGUOUS with the ids
   */
  findJob(name: string): Promise<Job>;
  getSettings(jobId: string): Promise<JobSettings>;
  /** Replaces each given field whole; other settings stay. */
  updateSettings(jobId: string, update: JobSettingsUpdate): Promise<void>;
  /**
   * Newest end first, active runs before all; complete with repairs, task runs and children. Runs that an earlier look
   * told and that have not changed since are not asked for again.
   */
  listRuns(jobId: string, options?: ListRunsOptions): Promise<readonly JobRun[]>;
  /** @throws JOB_NOT_FOUND when the run is unknown (runs are deleted after 60 days) */
  getRun(runId: string): Promise<JobRun>;
  /** One light call: whether the run itself is active, its children aside. A run that is unknown (any more) is not. */
  isActive(runId: string): Promise<boolean>;
  hasActiveRun(jobId: string): Promise<boolean>;
  /** Asynchronous on the other side: poll `hasActiveRun`. Does not keep new runs from starting. */
  cancelAllRuns(jobId: string): Promise<void>;
  /** @param idempotencyToken at most 64 characters: the same token starts at most one run */
  runNow(jobId: string, idempotencyToken?: string): Promise<{ readonly runId: string }>;
}

/** A table as Unity Catalog registers it. */
export interface CatalogTable {
  readonly fullName: string;
  /** Id of the registration; not the Delta metadata id. */
  readonly tableId: string | null;
  /** `MANAGED`, `EXTERNAL`, `VIEW`, `MATERIALIZED_VIEW`, `STREAMING_TABLE`, `FOREIGN`, … an open list. */
  readonly tableType: string;
  /** `DELTA`, …; null for views. */
  readonly dataSourceFormat: string | null;
  readonly storageLocation: string | null;
  readonly owner: string | null;
  readonly hasRowFilter: boolean;
  /** Names of the columns that carry a mask. */
  readonly maskedColumns: readonly string[];
  /** Set for tables that a pipeline maintains. */
  readonly pipelineId: string | null;
  /** Properties of the table as the catalog knows them; Delta's own are among them. */
  readonly properties: Readonly<Record<string, string>>;
}

export interface ExternalLocation {
  readonly name: string;
  /** Without a trailing slash. */
  readonly url: string;
  readonly readOnly: boolean;
}

export interface Catalog {
  /** @throws TABLE_NOT_FOUND, PERMISSION_DENIED */
  getTable(fullName: string): Promise<CatalogTable>;
  /** Those that the principal may see. */
  listExternalLocations(): Promise<readonly ExternalLocation[]>;
}

export type WarehouseState = 'running' | 'starting' | 'stopped' | 'stopping' | 'deleted';

export interface Warehouse {
  /** Id of the SQL warehouse: from the configured path, else the workspace's only one, else the one named `dr-sync`. */
  id(): Promise<string>;
  state(): Promise<WarehouseState>;
  /**
   * Starts the warehouse if it is stopped, and tells its state at once: no waiting, the caller polls.
   * @throws WAREHOUSE_UNAVAILABLE when it is deleted or can't be found
   */
  ensureRunning(): Promise<WarehouseState>;
}

interface Secrets {
  /** Whether the Secrets API answers for this role's key; `fallback` when only the environment holds it. */
  sourceOf(role: Role): Promise<'api' | 'fallback'>;
}

/** Query tags; of a search all must match. */
export type Tags = Readonly<Record<string, string>>;

/** A named parameter of a statement (`:name`). */
export interface SqlParameter {
  readonly type: 'STRING' | 'BIGINT' | 'TIMESTAMP' | 'BOOLEAN';
  /** Timestamps are epoch ms. */
  readonly value: string | number | boolean | null;
}
export type SqlParameters = Readonly<Record<string, SqlParameter>>;

/**
 * A row by column name. How values look depends on the transport (BIGINT as `bigint` or number, TIMESTAMP as `Date` or
 * UTC text; MAP and STRUCT are plain objects): read them with the schemas of sql-values.ts.
 */
export type Row = Readonly<Record<string, unknown>>;

export type StatementState =
  | { readonly state: 'pending' | 'running' }
  /** Values as text or null, by column name, as the API gives them. */
  | { readonly state: 'succeeded'; readonly rows: readonly Readonly<Record<string, string | null>>[] }
  | { readonly state: 'failed'; readonly error: DrError }
  | { readonly state: 'canceled' }
  /** It succeeded, the result is gone. */
  | { readonly state: 'closed' }
  /** The API does not know it (any more): its end was more than 12 hours ago, or it never was. */
  | { readonly state: 'unknown' };

/** A statement as the query history tells it. */
export interface StatementRecord {
  readonly statementId: string;
  /** `QUEUED`, `RUNNING`, `FINISHED`, `FAILED`, `CANCELED`, … an open list. */
  readonly status: string;
  readonly live: boolean;
  readonly tags: Tags;
  /** Epoch ms. */
  readonly startTime: number;
  readonly endTime: number | null;
  readonly errorMessage: string | null;
  /** The job run that issued it, where the history tells one. */
  readonly job: { readonly jobId: string; readonly jobRunId: string | null; readonly taskRunId: string | null } | null;
  /** It is a query of the SQL editor: a person's, unless a job is told that ran it. */
  readonly fromEditor: boolean;
}

export interface Statements {
  /** Starts a statement and gives its id at once. A lost answer may leave it running: look with `findByTags` first. */
  submit(request: { readonly sql: string; readonly tags: Tags; readonly parameters?: SqlParameters }): Promise<string>;
  get(statementId: string): Promise<StatementState>;
  /** Asks for it; poll `get` to the end. A statement that is already over or unknown is no error. */
  cancel(statementId: string): Promise<void>;
  /**
   * Newest first. @param sinceMs epoch ms of the earliest start; at most 30 days back. @param liveOnly leaves out those
   * that are over: of a busy warehouse's day they are pages, asked for once per table
   */
  findByTags(
    tags: Tags,
    options: { readonly sinceMs: number; readonly liveOnly?: boolean },
  ): Promise<readonly StatementRecord[]>;
  /** Every statement with these tags that has not come to its end. */
  listLive(tags: Tags): Promise<readonly StatementRecord[]>;
  /** By id; those that the history does not know are absent. */
  lookUp(statementIds: readonly string[]): Promise<ReadonlyMap<string, StatementRecord>>;
}

export interface SqlSession {
  query(sql: string, parameters?: SqlParameters): Promise<readonly Row[]>;
}

export interface Sql extends SqlSession {
  /** Several statements in one session. */
  use<T>(work: (session: SqlSession) => Promise<T>): Promise<T>;
}

export interface TableColumn {
  readonly name: string;
  readonly type: string;
}

export interface Tables {
  /**
   * Newest first, every commit above `aboveVersion` that the history still holds.
   * @param options.aboveVersion default: the whole history
   * @param options.limit        at most so many rows, newest first
   */
  history(
    table: TableRef,
    options?: { readonly aboveVersion?: number; readonly limit?: number },
  ): Promise<readonly TableCommit[]>;
  detail(table: TableRef): Promise<TableDetail>;
  /** @param version default: the newest */
  rowCount(table: TableRef, version?: number): Promise<number>;
  columns(table: TableRef): Promise<readonly TableColumn[]>;
}

export interface ReadLedgerOptions {
  readonly workspace?: string;
  readonly group?: string;
  readonly events?: readonly LedgerEventName[];
  /** Only what concerns copies made this way. */
  readonly direction?: Direction;
  /** Only the rows that tell of the whole group. */
  readonly groupRowsOnly?: boolean;
  /** Only what was recorded at one of these instants, epoch ms. */
  readonly recordedAt?: readonly number[];
  /** Newest rows; default 1000. */
  readonly limit?: number;
}

export interface ListLedgerOptions {
  readonly workspace: string;
  readonly group: string;
  /** Recorded then or later, epoch ms. */
  readonly since: number;
  readonly limit: number;
}

export interface Ledger {
  /** Idempotent. */
  create(): Promise<void>;
  /** Newest first; an event that was recorded twice is told once. @throws TABLE_NOT_FOUND before `create` */
  read(options: ReadLedgerOptions): Promise<readonly LedgerRow[]>;
  /** A group's events, oldest first: their group rows, without what they tell. @throws TABLE_NOT_FOUND before `create` */
  list(options: ListLedgerOptions): Promise<readonly ListedEvent[]>;
  /** Which of these events it has. @param eventIds at most 250 @throws TABLE_NOT_FOUND before `create` */
  known(eventIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Appends the rows whose event is not there yet, the group row last. */
  append(rows: readonly LedgerRow[]): Promise<void>;
}
