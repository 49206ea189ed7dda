/**
 * A region's server: it speaks what a Databricks workspace speaks (Jobs, Secrets, Unity Catalog, SQL warehouses over
 * Thrift and REST, query history, OAuth) and owns none of the things it speaks about. What it needs from the others
 * stands here; the job engine, the catalog and the stack provide it.
 */
import type { CatalogTable, ExternalLocation, Privilege } from '../catalog/catalog.js';

/** Rights on a job, weakest first. Source: access control lists of Databricks jobs. */
export type JobRight = 'CAN_VIEW' | 'CAN_MANAGE_RUN' | 'CAN_MANAGE';

export type SecretRight = 'READ' | 'WRITE' | 'MANAGE';

/** Someone who may call this region. Rights on data live in the catalog, rights on secrets in the scope. */
export interface Principal {
  /** User or service principal name, as it appears in histories and error messages. */
  readonly name: string;
  /** Personal access tokens of this principal in this region; tokens are never shared between regions. */
  readonly tokens: readonly string[];
  /** Allowed everything; the catalog is asked nevertheless for data. */
  readonly admin: boolean;
  /** Rights by job name; `*` stands for every job. */
  readonly jobRights: Readonly<Record<string, JobRight>>;
  /** May use SQL warehouses: CAN_USE on each of the region. */
  readonly canUseWarehouses: boolean;
  /** CAN_MONITOR on each warehouse: sees everybody's statements in the query history, not only its own. Default false. */
  readonly canMonitorWarehouses?: boolean;
  /** OAuth M2M credentials of a service principal. */
  readonly oauth?: { readonly clientId: string; readonly clientSecret: string };
}

/** A job's settings in the Jobs API's own words (`name`, `schedule`, `tasks`, …); the backend checks what it uses. */
export type JobSettings = Readonly<Record<string, unknown>> & { readonly name: string };

export interface JobRecord {
  /** Decimal string; may exceed what a JS number holds exactly. On the wire it is a JSON integer. */
  readonly jobId: string;
  readonly createdTime: number;
  readonly creator: string;
  readonly settings: JobSettings;
}

export type LifeCycleState =
  | 'QUEUED'
  | 'PENDING'
  | 'RUNNING'
  | 'TERMINATING'
  | 'TERMINATED'
  | 'SKIPPED'
  | 'INTERNAL_ERROR'
  | 'BLOCKED'
  | 'WAITING_FOR_RETRY';

/** State of a run or task run. Source: Jobs API 2.2, `state` (and the newer `status`, which the server derives). */
export interface RunState {
  readonly lifeCycle: LifeCycleState;
  /** null until the run has ended: SUCCESS, FAILED, CANCELED, TIMEDOUT, SUCCESS_WITH_FAILURES, … */
  readonly result: string | null;
  readonly message: string;
}

export interface TaskRunRecord {
  readonly taskKey: string;
  readonly runId: string;
  readonly attemptNumber: number;
  readonly startTime: number;
  /** null while it runs. */
  readonly endTime: number | null;
  readonly state: RunState;
  readonly dependsOn: readonly string[];
  /** The task's own part of the settings in wire terms (`sql_task`, `run_job_task`, …), spread into the answer. */
  readonly spec?: Readonly<Record<string, unknown>>;
  /** The run that a `run_job_task` started. */
  readonly childRunId?: string;
  /** Task runs of a `for_each_task`, one per input. */
  readonly iterations?: readonly TaskRunRecord[];
}

/** One stretch of activity. The first of a run is the ORIGINAL, which has no id. */
export interface RepairRecord {
  readonly type: 'ORIGINAL' | 'REPAIR';
  readonly id: string | null;
  readonly startTime: number;
  readonly endTime: number | null;
  readonly taskRunIds: readonly string[];
  readonly state: RunState;
}

export interface RunRecord {
  readonly runId: string;
  readonly jobId: string;
  /** Name of the job when the run began. */
  readonly runName: string;
  readonly numberInJob: number;
  readonly creator: string;
  readonly trigger: 'PERIODIC' | 'ONE_TIME' | 'RETRY' | 'RUN_JOB_TASK' | 'FILE_ARRIVAL' | 'CONTINUOUS' | 'TABLE';
  readonly startTime: number;
  /** null while it runs; moves when a repair ends. */
  readonly endTime: number | null;
  readonly state: RunState;
  /** All task runs, those of earlier attempts and repairs included. */
  readonly tasks: readonly TaskRunRecord[];
  /** Original first, then repairs in order of their start; never empty. */
  readonly history: readonly RepairRecord[];
}

/** The caller asked for what can't be: becomes an error answer of the REST API. */
export class BackendError extends Error {
  override readonly name = 'BackendError';
  readonly errorCode:
    | 'RESOURCE_DOES_NOT_EXIST'
    | 'INVALID_PARAMETER_VALUE'
    | 'INVALID_STATE'
    | 'RESOURCE_ALREADY_EXISTS';

  constructor(errorCode: BackendError['errorCode'], message: string) {
    super(message);
    this.errorCode = errorCode;
  }
}

/** A region's jobs. Paging, filters, wire names and rights are the server's business; every method may throw `BackendError`. */
export interface JobsBackend {
  listJobs(): readonly JobRecord[];
  job(jobId: string): JobRecord | undefined;
  createJob(settings: JobSettings, creator: string): string;
  /** Replaces each given top-level field whole, as `jobs/update` does. */
  updateJob(jobId: string, newSettings: Readonly<Record<string, unknown>>, fieldsToRemove: readonly string[]): void;
  resetJob(jobId: string, settings: JobSettings): void;
  deleteJob(jobId: string): void;
  /** With an idempotency token that was seen before: that run. */
  runNow(request: {
    readonly jobId: string;
    readonly principal: string;
    readonly idempotencyToken?: string;
    readonly jobParameters?: Readonly<Record<string, string>>;
  }): { readonly runId: string; readonly numberInJob: number };
  /** All runs that are kept (60 days), in any order. */
  listRuns(): readonly RunRecord[];
  run(runId: string): RunRecord | undefined;
  /** Asks for the end and returns at once; the run ends later. */
  cancelRun(runId: string): void;
  cancelAllRuns(jobId: string): void;
  repairRun(request: {
    readonly runId: string;
    readonly rerunTasks?: readonly string[];
    readonly rerunAllFailedTasks?: boolean;
    readonly latestRepairId?: string;
  }): { readonly repairId: string };
}

export interface TableDetails {
  readonly columns: readonly { readonly name: string; readonly typeText: string; readonly nullable: boolean }[];
  readonly properties: Readonly<Record<string, string>>;
}

/** A region's Unity Catalog, to look at. */
export interface CatalogBackend {
  catalogs(): readonly string[];
  schemas(catalog: string): readonly string[];
  tables(catalog: string, schema: string): readonly CatalogTable[];
  /** Name in any case. */
  table(fullName: string): CatalogTable | undefined;
  /** Columns and properties as the Delta log has them; null where the table has none that can be read (a view). */
  details(fullName: string): Promise<TableDetails | null>;
  externalLocations(): readonly ExternalLocation[];
  /** Whether the principal holds the privilege on a securable (`catalog`, `catalog.schema`, a table or an external location's name). */
  isGranted(principal: string, privilege: Privilege, securable: string): boolean;
}
