import { named } from '../databricks/identifiers.js';
import { currencyOf, readStamp, targetGuard } from '../domain/cut/index.js';
import { errorOf } from '../domain/failure.js';
import { inParallel } from '../domain/in-parallel.js';
import { endsOf, patienceMs } from '../domain/spec.js';
import type { HostActivities, TargetReading } from './contract.js';
import type { ActivityDeps } from './deps.js';
import { foundClone, newestVersion, readTable } from './table-reading.js';
import { workPatiently } from './waiting.js';
import type { WhenRunning } from './warehouse.js';

/**
 * Looks at every target table before the first one is replaced: a changed one that is met in the middle would leave
 * readers with a mix. A clone that starts long after this look takes another one.
 */
export function createGuardTargets(deps: ActivityDeps, whenRunning: WhenRunning): HostActivities['guardTargets'] {
  return ({ head, direction, holder, tables }) =>
    workPatiently(patienceMs(head), deps.now, async (answered) => {
      const workspace = deps.workspace(head.workspace, endsOf(direction).target);
      await whenRunning(workspace);
      const reader = workspace.tables('receive');
      return inParallel(tables, head.maxParallelTables, async ({ targetTable, baseline, ...wanted }) => {
        const readAt = deps.now();
        const { detail, history } = await readTable(reader, named(targetTable));
        answered();
        const failure = targetGuard({ table: targetTable, detail, history, holder, baseline });
        const current = currencyOf(detail.properties, history, wanted).kind === 'current';
        // The right content is right whoever put it there; only an older controller has no business even looking.
        if (failure && (failure.code === 'SUPERSEDED' || !current)) throw errorOf(failure);
        const stamp = current ? readStamp(detail.properties) : null;
        return {
          targetTable,
          current,
          newestVersion: newestVersion(history),
          readAt,
          readBy: deps.processId,
          made: stamp && foundClone('receive', history, stamp),
        } satisfies TargetReading;
      });
    });
}
