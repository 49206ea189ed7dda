/** What goes into and comes out of a region's SQL engine, whichever transport (Thrift, REST, a job task) carries it. */

/** Who a commit is attributed to in the table's history: the struct `job` of DESCRIBE HISTORY. */
export interface JobAttribution {
  readonly jobId: string;
  readonly jobName: string;
  /** The job run, parent of its task runs. */
  readonly jobRunId: string;
  /** The task run. */
  readonly runId: string;
  readonly jobOwnerId: string;
  readonly triggerType: string;
}

export interface StatementRequest {
  readonly sql: string;
  /** Named parameters (`:name`), values as the Statement Execution API gives them. */
  readonly parameters?: Readonly<Record<string, { readonly value: string | null; readonly type: string }>>;
  /** Session catalog and schema for names that are not fully qualified. */
  readonly catalog?: string;
  readonly schema?: string;
  /** Settings of the session (`SET key = value`), as far as the caller keeps them. */
  readonly configuration?: Readonly<Record<string, string>>;
  /** Name of the principal whose rights apply, and who appears as `userName` in history. */
  readonly principal: string;
  /** null for writers that are not jobs, and where the runtime does not attribute (SQL tasks). */
  readonly attribution: JobAttribution | null;
  /** Written into the commit as `queryHistoryStatementId`; null for writers that are no warehouse statement. */
  readonly statementId: string | null;
  /** Aborts when the statement is cancelled. A statement that has not committed then never will. */
  readonly signal: AbortSignal;
}

export interface ResultColumn {
  readonly name: string;
  /** Spark SQL type text, for example `bigint`, `map<string,string>`. */
  readonly type: string;
}

export interface StatementResult {
  readonly columns: readonly ResultColumn[];
  /**
   * Values by column type: bigint as `bigint`, int and double as number, decimal as string, timestamp as epoch
   * *microseconds* in a `bigint`, date as `yyyy-mm-dd`, map and struct as plain objects, array as array, null as null.
   */
  readonly rows: readonly (readonly unknown[])[];
  /** What USE makes of the session; the caller keeps it and gives it with the session's next statements. */
  readonly session?: { readonly catalog?: string; readonly schema?: string };
}

/** An error as Databricks reports it: `[ERROR_CLASS] text SQLSTATE: xxxxx`. */
export class SqlError extends Error {
  override readonly name = 'SqlError';
  readonly errorClass: string;
  readonly sqlState: string;

  constructor(errorClass: string, sqlState: string, text: string, options?: { cause?: unknown }) {
    super(`[${errorClass}] ${text} SQLSTATE: ${sqlState}`, options);
    this.errorClass = errorClass;
    this.sqlState = sqlState;
  }
}

/** A region's SQL engine: catalog, rights and storage of that region. */
export interface SqlEngine {
  execute(request: StatementRequest): Promise<StatementResult>;
}
