import { named } from '../databricks/identifiers.js';
import { currencyOf, targetGuard } from '../domain/cut/index.js';
import { errorOf } from '../domain/failure.js';
import { inParallel } from '../domain/in-parallel.js';
import { endsOf, patienceMs } from '../domain/spec.js';
import type { HostActivities } from './contract.js';
import type { ActivityDeps } from './deps.js';
import { workPatiently } from './waiting.js';
import type { WhenRunning } from './warehouse.js';

/** The newest CLONE and what followed it: on a table that only syncs write to, the first row or two. */
const historyRows = 100;

/**
 * Looks at every target table before the first one is replaced: a changed one that is met in the middle would leave
 * readers with a mix. Each clone looks once more right before it is submitted.
 */
export function createGuardTargets(deps: ActivityDeps, whenRunning: WhenRunning): HostActivities['guardTargets'] {
  return ({ head, direction, holder, tables }) =>
    workPatiently(patienceMs(head), deps.now, async (answered) => {
      const workspace = deps.workspace(head.workspace, endsOf(direction).target);
      await whenRunning(workspace);
      const reader = workspace.tables('receive');
      await inParallel(tables, head.maxParallelTables, async ({ targetTable, baseline, ...wanted }) => {
        const detail = await reader.detail(named(targetTable));
        const history = await reader.history(named(targetTable), { limit: historyRows });
        answered();
        const failure = targetGuard({ table: targetTable, detail, history, holder, baseline });
        if (!failure) return;
        // The right content is right whoever put it there; only an older controller has no business even looking.
        const current = currencyOf(detail.properties, history, wanted).kind === 'current';
        if (failure.code === 'SUPERSEDED' || !current) {
          throw errorOf(failure);
        }
      });
    });
}
