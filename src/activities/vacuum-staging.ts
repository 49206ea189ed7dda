import type { Workspace } from '../databricks/api.js';
import type { TableRef } from '../databricks/identifiers.js';
import { atPath } from '../databricks/identifiers.js';
import { retentionOfHours, retentionStatement, vacuumStatement } from '../databricks/statements.js';
import { parseIntervalMs, retentionFallsShort, stagingReserveMs, stagingRetentionMs } from '../domain/cut/index.js';
import { DrError } from '../domain/failure.js';
import { inParallel } from '../domain/in-parallel.js';
import { endsOf, patienceMs, stagingLocation } from '../domain/spec.js';
import type { HostActivities, VacuumOrder } from './contract.js';
import type { ActivityDeps } from './deps.js';
import { workPatiently } from './waiting.js';
import type { WhenRunning } from './warehouse.js';

const hourMs = 3600_000;

/**
 * Keeps every staging table readable that a kept point names, and frees the files that none needs: each table by its own
 * retention. VACUUM is submitted and not awaited: whether it finishes today or tomorrow is all the same, and its tags
 * show it in the query history.
 */
export function createVacuumStaging(deps: ActivityDeps, whenRunning: WhenRunning): HostActivities['vacuumStaging'] {
  return (order) =>
    workPatiently(patienceMs(order.spec), deps.now, async (answered) => {
      const { spec, direction, kept } = order;
      const workspace = deps.workspace(spec.workspace, endsOf(direction).target);
      await whenRunning(workspace);
      const statements = workspace.statements('receive');
      const names = namesByLocation(order);
      await inParallel(Object.entries(kept.oldest), spec.maxParallelTables, async ([location, oldestAt]) => {
        const staging = atPath(location);
        const retentionMs = await keptFor(workspace, staging, oldestAt, stagingReserveMs(kept.ends), deps.now());
        answered();
        if (retentionMs === null) return;
        await statements.submit({
          sql: vacuumStatement(staging, retentionMs / hourMs),
          tags: {
            dr_group: `${spec.workspace}/${spec.group}`,
            dr_hop: 'vacuum',
            dr_table: names.get(location) ?? location,
          },
        });
      });
    });
}

/** Points that are kept may name tables that have left the group since: those have no name here any more. */
function namesByLocation({ spec, direction }: VacuumOrder): ReadonlyMap<string, string> {
  const { source } = endsOf(direction);
  return new Map(spec.tables.map((table) => [stagingLocation(spec, table, direction), table[source]]));
}

/**
 * How long a staging table keeps old files, after it was seen to that kept versions stay readable: before VACUUM frees a
 * file, and before a commit of VACUUM's lets Delta clean up the log.
 *
 * @returns null where there is no table that a send has made
 */
async function keptFor(
  workspace: Workspace,
  staging: TableRef,
  oldestAt: number,
  reserveMs: number,
  nowMs: number,
): Promise<number | null> {
  const properties = await propertiesOf(workspace, staging);
  const setMs = parseIntervalMs(properties['delta.deletedFileRetentionDuration'] ?? '');
  if (setMs === null) return null;
  if (!retentionFallsShort(properties, oldestAt, reserveMs, nowMs)) return setMs;
  const hours = Math.ceil(stagingRetentionMs(oldestAt, reserveMs, nowMs) / hourMs);
  await workspace.sql('receive').query(retentionStatement(staging, retentionOfHours(hours)));
  return hours * hourMs;
}

/** None where there is no such table (any more): whether the points that name it can be read, `history` tells. */
async function propertiesOf(workspace: Workspace, staging: TableRef): Promise<Readonly<Record<string, string>>> {
  try {
    return (await workspace.tables('receive').detail(staging)).properties;
  } catch (thrown) {
    if (thrown instanceof DrError && thrown.code === 'TABLE_NOT_FOUND') return {};
    throw thrown;
  }
}
