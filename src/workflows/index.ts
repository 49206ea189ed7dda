/**
 * Everything that the workflow bundle registers. Workflow code imports from outside itself only `@temporalio/workflow`,
 * `@temporalio/common`, `domain/` and types of activities: it has to replay, so it can't reach for anything else.
 */
export { protectGroup } from './protect-group.js';
export { switchOver } from './switch-over.js';
export { syncRun } from './sync-run.js';
export { syncTick } from './sync-tick.js';
