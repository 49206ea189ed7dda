import { activityInfo } from '@temporalio/activity';
import type { Workspace } from '../databricks/api.js';
import { DrError } from '../domain/failure.js';
import type { ActivityDeps } from './deps.js';
import { GaveUp, notYet } from './waiting.js';

/** A warehouse that ran this long ago is taken for running: one look serves the many statements of a sync. */
const trustedForMs = 5_000;
const startPollMs = 1_000;

/** Classic warehouses take some minutes; one that takes longer than this does not come up. */
const startPatienceMs = 15 * 60_000;

export type WhenRunning = (workspace: Workspace) => Promise<void>;

/** Makes sure that the SQL warehouse is up before short statements are sent to it: starts it, and waits its turn. */
export function createWhenRunning(deps: Pick<ActivityDeps, 'now'>): WhenRunning {
  const seenRunningAt = new WeakMap<Workspace, number>();
  return async (workspace) => {
    const now = deps.now();
    if (now - (seenRunningAt.get(workspace) ?? Number.NEGATIVE_INFINITY) < trustedForMs) return;
    const state = await workspace.warehouse.ensureRunning();
    if (state !== 'running') {
      const failure = new DrError('WAREHOUSE_UNAVAILABLE', `The SQL warehouse of ${workspace.host} is ${state}.`, {
        remedy: 'Start it in the workspace and see why it does not come up: quota, limits, or a missing right.',
      });
      if (now - activityInfo().scheduledTimestampMs > startPatienceMs) throw new GaveUp(failure);
      throw notYet(`the SQL warehouse of ${workspace.host} is ${state}`, startPollMs, failure);
    }
    seenRunningAt.set(workspace, now);
  };
}
