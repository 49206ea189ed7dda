import type { JobsBackend, RunRecord } from '../server/backends.js';
import { BackendError } from '../server/backends.js';
import type { ParsedSettings } from './job-settings.js';
import { isActive } from './run-updates.js';
import { latestAttempt } from './task-graph.js';

export type RepairRequest = Parameters<JobsBackend['repairRun']>[0];

const invalid = (message: string): BackendError => new BackendError('INVALID_PARAMETER_VALUE', message);

/**
 * Keys of the tasks that a repair runs again.
 * @throws BackendError as the Jobs API: for an active run, unknown tasks, a `latest_repair_id` that is not the latest
 */
export function tasksToRepair(run: RunRecord, settings: ParsedSettings, request: RepairRequest): readonly string[] {
  if (isActive(run)) throw new BackendError('INVALID_STATE', `Run ${run.runId} is still active and can't be repaired.`);
  const latest = run.history.at(-1)?.id ?? null;
  if (latest !== (request.latestRepairId ?? null)) {
    throw invalid(`latest_repair_id must be that of the latest repair (${latest ?? 'none yet'}).`);
  }
  const known = settings.tasks.map((task) => task.task_key);
  const asked = request.rerunTasks ?? [];
  const unknown = asked.find((key) => !known.includes(key));
  if (unknown !== undefined) throw invalid(`Job ${settings.name} has no task '${unknown}'.`);
  const failed = (key: string): boolean => latestAttempt(run.tasks, key)?.state.result !== 'SUCCESS';
  const chosen = known.filter((key) => asked.includes(key) || (request.rerunAllFailedTasks === true && failed(key)));
  if (chosen.length === 0) throw invalid('The repair names no task to run again.');
  return chosen;
}
