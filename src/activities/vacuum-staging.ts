import { atPath } from '../databricks/identifiers.js';
import { vacuumStatement } from '../databricks/statements.js';
import { parseIntervalMs } from '../domain/cut/index.js';
import { inParallel } from '../domain/in-parallel.js';
import { endsOf, stagingLocation } from '../domain/spec.js';
import type { HostActivities } from './contract.js';
import type { ActivityDeps } from './deps.js';

/**
 * Frees files that no kept point needs. Submitted and not awaited: whether it finishes today or tomorrow is all the
 * same, and its tags show it in the query history.
 */
export function createVacuumStaging(deps: ActivityDeps): HostActivities['vacuumStaging'] {
  return async ({ spec, direction }) => {
    const { source, target } = endsOf(direction);
    const workspace = deps.workspace(spec.workspace, target);
    await inParallel(spec.tables, spec.maxParallelTables, async (table) => {
      const location = atPath(stagingLocation(spec, table, direction));
      const { properties } = await workspace.tables('receive').detail(location);
      const retentionMs = parseIntervalMs(properties['delta.deletedFileRetentionDuration'] ?? '');
      if (retentionMs === null) return;
      await workspace.statements('receive').submit({
        sql: vacuumStatement(location, retentionMs / 3600_000),
        tags: { dr_group: `${spec.workspace}/${spec.group}`, dr_hop: 'vacuum', dr_table: table[source] },
      });
    });
  };
}
