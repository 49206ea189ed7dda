/** From the Jobs API's account of a run to ours: pure. */
import type { JobRun, RunSegment } from '../domain/runs.js';
import type { RepairAnswer, RunAnswer, TaskAnswer } from './job-answers.js';

type Stated = Pick<RunAnswer, 'state' | 'status'>;

const endedLifeCycles = ['TERMINATED', 'SKIPPED', 'INTERNAL_ERROR'];

/**
 * Whether a run or segment has come to its end. `state` is the older, deprecated account and `status` the newer; where
 * both are missing it counts as active, for then no cut is made from it.
 */
export function hasEnded({ state, status }: Stated): boolean {
  if (state?.life_cycle_state !== undefined) return endedLifeCycles.includes(state.life_cycle_state);
  return status?.state === 'TERMINATED';
}

const resultByTermination: Readonly<Record<string, string>> = {
  USER_CANCELED: 'CANCELED',
  CANCELED: 'CANCELED',
  RUN_EXECUTION_ERROR: 'FAILED',
  TIMED_OUT: 'TIMEDOUT',
  TIMEDOUT: 'TIMEDOUT',
};

/** An unknown code stays what it is: the list is open, and what is not known to be a success never makes a cut. */
function resultOf({ state, status }: Stated): string {
  if (state?.result_state !== undefined) return state.result_state;
  const code = status?.termination_details?.code;
  if (code !== undefined) return resultByTermination[code] ?? code;
  return state?.life_cycle_state ?? 'UNKNOWN';
}

/** 0 stands for "not yet" in the API. */
const given = (time: number | undefined): number | null => (time === undefined || time === 0 ? null : time);

type Part = Stated & Pick<RepairAnswer, 'start_time' | 'end_time' | 'task_run_ids'>;

function segment(part: Part, repairId: string | null, run: RunAnswer, beganAt: number | null = null): RunSegment {
  const startTime = beganAt ?? given(part.start_time) ?? given(run.start_time) ?? 0;
  const own = part.task_run_ids === undefined ? {} : { taskRunIds: part.task_run_ids };
  if (isQueued(part)) return { repairId, startTime, endTime: startTime, result: null, ...own };
  if (!hasEnded(part)) return { repairId, startTime, endTime: null, result: null, ...own };
  // A run that was skipped before it began has no times of its own: a segment of no length.
  const endTime = given(part.end_time) ?? given(run.end_time) ?? startTime;
  return { repairId, startTime, endTime: Math.max(startTime, endTime), result: resultOf(part), ...own };
}

/** It waits its turn and has not begun: it overlaps with nothing, however long ago it was asked for. */
function isQueued({ state, status }: Stated): boolean {
  return (state?.life_cycle_state ?? status?.state) === 'QUEUED';
}

const isRepair = (item: RepairAnswer): boolean => item.type === 'REPAIR';

/** Original first, then repairs by start. @param tasks all of the run's, for they tell when each part really began */
export function segmentsOf(run: RunAnswer, tasks: readonly TaskAnswer[]): readonly RunSegment[] {
  const history = run.repair_history ?? [];
  const repairs = history
    .filter(isRepair)
    .map((item) => segment(stated(item, run), item.id ?? null, run, firstTaskStart(tasksOf(item, tasks))))
    .sort((a, b) => a.startTime - b.startTime);
  if (repairs.length === 0) {
    // Without repairs the run's own fields are the account of it, and the only ones that are always there.
    return [segment(run, null, run, firstTaskStart(tasks))];
  }
  const original = history.find((item) => !isRepair(item));
  const first = original
    ? segment(stated(original, run), null, run, firstTaskStart(tasksOf(original, tasks)))
    : segment(run, null, run);
  return [first, ...repairs];
}

/** Those that a part of the run was made of; none where not all of them are told. */
function tasksOf({ task_run_ids: ids = [] }: RepairAnswer, tasks: readonly TaskAnswer[]): readonly TaskAnswer[] {
  const known = tasks.filter(({ run_id: id }) => id !== undefined && ids.includes(id));
  return known.length === new Set(ids).size ? known : [];
}

/**
 * `start_time` of a run counts from the request, time in the queue included; nothing is written before a task begins.
 * Where an earlier attempt of a task is not told (a retry may be listed alone), the request has to do.
 */
function firstTaskStart(tasks: readonly TaskAnswer[]): number | null {
  const isTold = ({ task_key: key, attempt_number: attempt = 0 }: TaskAnswer): boolean =>
    attempt === 0 || tasks.some((task) => task.task_key === key && (task.attempt_number ?? 0) === 0);
  if (!tasks.every(isTold)) return null;
  const starts = tasks.flatMap((task) => given(task.start_time) ?? []);
  return starts.length === 0 ? null : Math.min(...starts);
}

/** A part without a state of its own has the run's. */
const stated = (item: RepairAnswer, run: RunAnswer): RepairAnswer =>
  item.state === undefined && item.status === undefined ? { ...item, state: run.state, status: run.status } : item;

/** When a row of runs/list says that the run ended, to order rows by: active ones come after all others. */
export function listedEnd(run: RunAnswer): number {
  if (!hasEnded(run)) return Number.MAX_SAFE_INTEGER;
  return given(run.end_time) ?? given(run.start_time) ?? 0;
}

/** End of the last segment; null while one is active. */
export function endOf(run: Pick<JobRun, 'segments'>): number | null {
  const ends = run.segments.map((part) => part.endTime);
  return ends.includes(null) ? null : Math.max(...ends.map((end) => end ?? 0));
}

/** A task that never began has started nothing. */
export const taskBegan = (task: TaskAnswer): boolean => given(task.start_time) !== null;

export function taskRunIdsOf(run: RunAnswer, tasks: readonly TaskAnswer[]): readonly string[] {
  const fromTasks = tasks.flatMap((task) => [task.run_id ?? [], task.original_attempt_run_id ?? []].flat());
  const fromRepairs = (run.repair_history ?? []).flatMap((item) => item.task_run_ids ?? []);
  return [...new Set([...fromTasks, ...fromRepairs])].filter((id) => id !== run.run_id);
}
