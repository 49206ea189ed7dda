import type { Workspace } from '../databricks/api.js';
import type { TableRef } from '../databricks/identifiers.js';
import { atPath, named } from '../databricks/identifiers.js';
import { strandedCloneStatement } from '../databricks/statements.js';
import { DrError } from '../domain/failure.js';
import { endsOf } from '../domain/spec.js';
import type { Baseline, HostActivities, StrandOrder } from './contract.js';
import type { ActivityDeps } from './deps.js';
import { historySinceClone, newestCloneCommit, unlessMissing } from './table-reading.js';
import { whileWanted } from './waiting.js';
import type { WhenRunning } from './warehouse.js';

/** Where changed target tables are put aside, and what is there. */
interface Strand {
  readonly workspace: Workspace;
  readonly tableName: string;
  readonly table: TableRef;
  readonly copy: TableRef;
  readonly location: string;
}

/** Putting aside what a target table holds, before it is replaced: a copy that is made once, whoever asks how often. */
export function createStrandActivities(
  deps: ActivityDeps,
  whenRunning: WhenRunning,
): Pick<HostActivities, 'startStrand' | 'finishStrand'> {
  return {
    startStrand: (order) =>
      whileWanted(deps.now, async (assertWanted) => {
        const strand = strandOf(deps, order);
        await whenRunning(strand.workspace);
        const { id } = await strand.workspace.tables('receive').detail(strand.table);
        const [newest] = await strand.workspace.tables('receive').history(strand.table, { limit: 1 });
        if (!newest) throw new DrError('UNEXPECTED_ANSWER', `${strand.tableName} has no history.`);
        assertWanted();
        const statementId = await strand.workspace.statements('receive').submit({
          sql: strandedCloneStatement(strand.table, newest.version, strand.location),
          tags: tagsOf(order),
        });
        return { statementId, baseline: { tableId: id, version: newest.version } };
      }),

    async finishStrand(order, { baseline }) {
      const strand = strandOf(deps, order);
      await whenRunning(strand.workspace);
      return { tableId: baseline.tableId, version: await copiedVersion(strand) };
    },
  };
}

function strandOf(deps: ActivityDeps, { head, direction, table, switchId }: StrandOrder): Strand {
  const { target } = endsOf(direction);
  const tableName = table[target];
  const location = `${head.syncLocations[target]}/stranded/${switchId}/${tableName.split('.').join('/')}`;
  const workspace = deps.workspace(head.workspace, target);
  return { workspace, tableName, table: named(tableName), copy: atPath(location), location };
}

const tagsOf = ({ head, direction, table, switchId }: StrandOrder) => ({
  dr_group: `${head.workspace}/${head.group}`,
  dr_table: table[endsOf(direction).target],
  dr_hop: 'strand',
  dr_sync: switchId,
});

/**
 * An earlier attempt may have copied an older version: rows that came since are not put aside.
 *
 * @throws STATEMENT_FAILED where there is no copy
 */
async function copiedVersion({ workspace, copy, tableName, location }: Strand): Promise<Baseline['version']> {
  const history = (await unlessMissing(historySinceClone(workspace.tables('receive'), copy))) ?? [];
  const version = Number(newestCloneCommit(history)?.operationParameters.sourceVersion ?? Number.NaN);
  if (Number.isInteger(version)) return version;
  throw new DrError('STATEMENT_FAILED', `${tableName} was not put aside: there is no copy of it at ${location}.`, {
    remedy: 'Nothing was replaced. Ask for the failover again.',
  });
}
