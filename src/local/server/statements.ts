import { randomUUID } from 'node:crypto';
import type { Region } from '../../domain/region.js';
import type { Clock } from '../clock.js';
import type { JobAttribution, SqlEngine, StatementRequest, StatementResult } from '../sql/statement.js';
import { SqlError } from '../sql/statement.js';
import type { FaultBoard } from './faults.js';
import { runUnderFaults } from './statement-faults.js';
import type { Warehouse } from './warehouses.js';

/** Source: Statement Execution API, `status.state`. */
export type StatementState = 'PENDING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELED' | 'CLOSED';

/** Source of a statement in the query history, `query_source.job_info`. */
interface JobSource {
  readonly jobId: string;
  readonly jobRunId: string;
  readonly jobTaskRunId: string;
}

export interface Submission {
  readonly sql: string;
  readonly warehouse: Warehouse;
  readonly principal: string;
  readonly parameters?: StatementRequest['parameters'];
  readonly catalog?: string;
  readonly schema?: string;
  readonly attribution?: JobAttribution;
  readonly jobSource?: JobSource;
  /** The query of the SQL editor that this is, `query_source.sql_query_id`. */
  readonly editorQueryId?: string;
  readonly queryTags?: Readonly<Record<string, string | null>>;
  /** The session's STATEMENT_TIMEOUT; default 172 800 s, as on Databricks. */
  readonly timeoutMs?: number;
  /** Closed (and cancelled) when nobody has asked for it for so long; default never. */
  readonly idleLimitMs?: number;
}

/** One statement from submit to forgotten. Its id is the query id, whichever transport carried it. */
export class Statement {
  readonly id: string = randomUUID();
  readonly submission: Submission;
  readonly submittedAt: number;
  state: StatementState = 'PENDING';
  endedAt: number | null = null;
  result: StatementResult | null = null;
  error: unknown = null;
  lastAskedAt: number;
  /** Resolves, never rejects, when the state is terminal for its client. */
  readonly done: Promise<void>;
  readonly controller = new AbortController();
  readonly #settle: () => void;

  constructor(submission: Submission, now: number) {
    this.submission = submission;
    this.submittedAt = now;
    this.lastAskedAt = now;
    const { promise, resolve } = withResolvers();
    this.done = promise;
    this.#settle = resolve;
  }

  get isTerminal(): boolean {
    return this.state !== 'PENDING' && this.state !== 'RUNNING';
  }

  /** The first end counts: an orphan that commits after its cancel stays canceled in everybody's eyes. */
  end(state: StatementState, now: number, outcome: { result?: StatementResult; error?: unknown } = {}): void {
    if (this.isTerminal) return;
    this.state = state;
    this.endedAt = now;
    this.result = outcome.result ?? null;
    this.error = outcome.error ?? null;
    this.#settle();
  }
}

const defaultTimeoutMs = 172_800_000;
const resultKeptMs = 3_600_000;
const statementKeptMs = 12 * 3_600_000;
const historyKeptMs = 30 * 24 * 3_600_000;
/** All of the limits are many times longer. */
const sweepEveryMs = 1_000;

/** All statements of a region: Thrift, REST and job tasks submit here, and the query history reads from here. */
export class StatementManager {
  readonly #statements = new Map<string, Statement>();
  /** What the engine still works on, orphans included, by statement id. */
  readonly #running = new Map<string, { readonly statement: Statement; readonly ended: Promise<void> }>();
  readonly #region: Region;
  readonly #engine: SqlEngine;
  readonly #faults: FaultBoard;
  readonly #clock: Clock;
  #sweptAt = Number.NEGATIVE_INFINITY;

  constructor(options: { region: Region; engine: SqlEngine; faults: FaultBoard; clock: Clock }) {
    this.#region = options.region;
    this.#engine = options.engine;
    this.#faults = options.faults;
    this.#clock = options.clock;
  }

  /** Accepts the statement and returns at once; it runs as soon as its warehouse does. */
  submit(submission: Submission): Statement {
    this.#sweep();
    const statement = new Statement(submission, this.#clock.now());
    this.#statements.set(statement.id, statement);
    const ended = this.#run(statement).finally(() => this.#running.delete(statement.id));
    this.#running.set(statement.id, { statement, ended });
    return statement;
  }

  /** The statement, if it is still known (12 h after its end it is not); asking keeps it alive. */
  get(id: string): Statement | undefined {
    this.#sweep();
    const statement = this.#statements.get(id);
    if (!statement || this.#endedBefore(statement, statementKeptMs)) return undefined;
    statement.lastAskedAt = this.#clock.now();
    return statement;
  }

  /**
   * Asks for the end of a statement; it may still succeed if its commit was under way. Poll to the terminal state. A
   * statement that had ended stays what it was.
   */
  cancel(statement: Statement): void {
    if (statement.isTerminal) return;
    const orphaned = this.#faults.isSet(this.#region, 'warehouse', statement.submission.sql, 'orphan');
    if (orphaned && statement.state === 'RUNNING') statement.end('CANCELED', this.#clock.now());
    else statement.controller.abort(new Error('The statement was canceled.'));
  }

  /** The client is done with it: what still runs is cancelled, the result is dropped. */
  close(statement: Statement): void {
    this.cancel(statement);
    statement.result = null;
  }

  /** Statements of the last 30 days, oldest first. */
  history(): readonly Statement[] {
    this.#sweep();
    return [...this.#statements.values()];
  }

  /** Ends everything that runs, orphans included, and waits until none of it can write any more. */
  async stop(): Promise<void> {
    const running = [...this.#running.values()];
    for (const { statement } of running) statement.controller.abort(new Error('The region is shutting down.'));
    await Promise.all(running.map(({ ended }) => ended));
  }

  async #run(statement: Statement): Promise<void> {
    const { warehouse, ...submission } = statement.submission;
    const { signal } = statement.controller;
    const release = warehouse.use();
    const timeoutMs = submission.timeoutMs ?? defaultTimeoutMs;
    // Node fires timers above 2^31 - 1 ms at once.
    const timer = setTimeout(
      () => statement.controller.abort(timeoutError(timeoutMs)),
      Math.min(timeoutMs, 2 ** 31 - 1),
    );
    timer.unref();
    try {
      await warehouse.ensureRunning(signal);
      statement.state = 'RUNNING';
      const result = await runUnderFaults(
        {
          statementId: statement.id,
          sql: submission.sql,
          region: this.#region,
          faults: this.#faults,
          clock: this.#clock,
          signal,
        },
        () =>
          this.#engine.execute({
            sql: submission.sql,
            ...(submission.parameters && { parameters: submission.parameters }),
            ...(submission.catalog !== undefined && { catalog: submission.catalog }),
            ...(submission.schema !== undefined && { schema: submission.schema }),
            principal: submission.principal,
            attribution: submission.attribution ?? null,
            statementId: statement.id,
            signal,
          }),
      );
      statement.end('SUCCEEDED', this.#clock.now(), { result });
    } catch (error) {
      // A timeout is a failure that the client is told of; a cancel is what it asked for.
      if (!signal.aborted) statement.end('FAILED', this.#clock.now(), { error });
      else if (signal.reason instanceof SqlError) statement.end('FAILED', this.#clock.now(), { error: signal.reason });
      else statement.end('CANCELED', this.#clock.now());
    } finally {
      clearTimeout(timer);
      release();
    }
  }

  /** Applies the limits of time, whenever somebody looks: at most once in a while, for there may be thousands. */
  #sweep(): void {
    const now = this.#clock.now();
    if (Math.abs(now - this.#sweptAt) < sweepEveryMs) return;
    this.#sweptAt = now;
    for (const statement of this.#statements.values()) {
      const { idleLimitMs } = statement.submission;
      if (!statement.isTerminal && idleLimitMs !== undefined && now - statement.lastAskedAt > idleLimitMs) {
        statement.controller.abort(new Error('Query has been timed out due to inactivity.'));
        statement.end('CLOSED', now);
      }
      if (this.#endedBefore(statement, resultKeptMs) && statement.state === 'SUCCEEDED') {
        statement.state = 'CLOSED';
        statement.result = null;
      }
      if (this.#endedBefore(statement, historyKeptMs)) this.#statements.delete(statement.id);
    }
  }

  #endedBefore(statement: Statement, ms: number): boolean {
    return statement.endedAt !== null && this.#clock.now() - statement.endedAt > ms;
  }
}

function timeoutError(timeoutMs: number): SqlError {
  return new SqlError(
    'QUERY_EXECUTION_TIMEOUT_EXCEEDED',
    '57KD0',
    `Query execution was cancelled due to exceeding timeout (${timeoutMs / 1000}s). You can increase the limit in seconds by setting STATEMENT_TIMEOUT.`,
  );
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
