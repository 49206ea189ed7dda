import { atPath } from '../databricks/identifiers.js';
import { vacuumStatement } from '../databricks/statements.js';
import { parseIntervalMs } from '../domain/cut/index.js';
import { inParallel } from '../domain/in-parallel.js';
import { endsOf, patienceMs, stagingLocation } from '../domain/spec.js';
import type { HostActivities } from './contract.js';
import type { ActivityDeps } from './deps.js';
import { workPatiently } from './waiting.js';
import type { WhenRunning } from './warehouse.js';

/**
 * Frees files that no kept point needs: each staging table by the retention that its last send has set. Submitted and not
 * awaited: whether it finishes today or tomorrow is all the same, and its tags show it in the query history.
 */
export function createVacuumStaging(deps: ActivityDeps, whenRunning: WhenRunning): HostActivities['vacuumStaging'] {
  return ({ spec, direction }) =>
    workPatiently(patienceMs(spec), deps.now, async (answered) => {
      const { source, target } = endsOf(direction);
      const workspace = deps.workspace(spec.workspace, target);
      await whenRunning(workspace);
      const tables = workspace.tables('receive');
      const statements = workspace.statements('receive');
      await inParallel(spec.tables, spec.maxParallelTables, async (table) => {
        const location = atPath(stagingLocation(spec, table, direction));
        const { properties } = await tables.detail(location);
        answered();
        const retentionMs = parseIntervalMs(properties['delta.deletedFileRetentionDuration'] ?? '');
        // Without a retention of ours the table is not one that a send has made.
        if (retentionMs === null) return;
        await statements.submit({
          sql: vacuumStatement(location, retentionMs / 3600_000),
          tags: { dr_group: `${spec.workspace}/${spec.group}`, dr_hop: 'vacuum', dr_table: table[source] },
        });
      });
    });
}
