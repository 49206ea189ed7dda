/** Runs of a job as the Jobs API tells them, reduced to what a cut is decided by. All times are epoch milliseconds. */

/**
 * Result states of a run. The vendor's list is open: an unknown value never makes a cut.
 * Source: Jobs API 2.2, `state.result_state`.
 */
export type RunResult = 'SUCCESS' | 'SUCCESS_WITH_FAILURES' | 'FAILED' | 'CANCELED' | 'TIMEDOUT' | (string & {});

/** One stretch of activity of a run: the original attempt, or one repair. */
export interface RunSegment {
  /** null for the original attempt. */
  readonly repairId: string | null;
  /** When it began to run; time in the queue is not part of it, for a queued run writes nothing. */
  readonly startTime: number;
  /** null while active. */
  readonly endTime: number | null;
  /** null while active. */
  readonly result: RunResult | null;
  /**
   * Task runs of this stretch alone (`repair_history[].task_run_ids`). Where given, a commit of a repaired run is told
   * to be the original's or the repair's by id; without it, clocks have to decide.
   */
  readonly taskRunIds?: readonly string[];
}

export interface JobRun {
  /** Ids are decimal strings: the API's 64-bit integers exceed what a JS number holds exactly. */
  readonly runId: string;
  readonly jobId: string;
  /** Original first, then repairs in order of their start; never empty. A run that is queued or was skipped has one segment of no length. */
  readonly segments: readonly RunSegment[];
  /** Run ids of its tasks, of their retries and `for_each` iterations, over all segments. */
  readonly taskRunIds: readonly string[];
  /** Runs that this run started through `run_job_task` (of this or of another job), children of children included. */
  readonly childRuns: readonly JobRun[];
}

/** A repaired run is a new thing: a run is keyed by its id together with the id of its last repair. */
export interface RunKey {
  readonly runId: string;
  readonly repairId: string | null;
}

export const sameRun = (a: RunKey, b: RunKey): boolean => a.runId === b.runId && a.repairId === b.repairId;
