import type { Tables } from '../databricks/api.js';
import { atPath, named } from '../databricks/identifiers.js';
import { changesAfter, withoutUpkeep } from '../domain/cut/index.js';
import { inParallel } from '../domain/in-parallel.js';
import { endsOf, patienceMs } from '../domain/spec.js';
import type { HostActivities, VerifiedTable, VerifyOrder } from './contract.js';
import type { ActivityDeps } from './deps.js';
import { workPatiently } from './waiting.js';
import type { WhenRunning } from './warehouse.js';

/** Compares published tables with their staging versions: the clones' own metrics, the schema, and on request the rows. */
export function createVerifyTables(deps: ActivityDeps, whenRunning: WhenRunning): HostActivities['verifyTables'] {
  return ({ head, direction, tables }) =>
    workPatiently(patienceMs(head), deps.now, async (answered) => {
      const workspace = deps.workspace(head.workspace, endsOf(direction).target);
      await whenRunning(workspace);
      const reader = workspace.tables('receive');
      const found = await inParallel(tables, head.maxParallelTables, async (table) => {
        const why = await mismatch(reader, table, head.verify);
        answered();
        return why === null ? [] : [{ targetTable: table.entry.targetTable, why }];
      });
      return found.flat();
    });
}

/** How a table differs from the staging version that it was cloned from; null: not at all. */
async function mismatch(
  tables: Tables,
  { entry, targetVersion, sourceFiles, sourceBytes }: VerifiedTable,
  verify: VerifyOrder['head']['verify'],
): Promise<string | null> {
  const target = named(entry.targetTable);
  const staging = atPath(entry.stagingLocation);

  const since = await tables.history(staging, { aboveVersion: entry.stagingVersion - 1 });
  const staged = since.find(({ version }) => version === entry.stagingVersion);
  if (staged?.operation !== 'CLONE') {
    return `version ${entry.stagingVersion} of staging is ${staged ? `a ${staged.operation}` : 'not in its history'}, not a clone`;
  }
  const { sourceNumOfFiles, sourceTableSize } = staged.operationMetrics;
  if (sourceNumOfFiles !== String(sourceFiles)) return `it has ${sourceFiles} files, staging has ${sourceNumOfFiles}`;
  if (sourceTableSize !== String(sourceBytes)) return `it has ${sourceBytes} bytes, staging has ${sourceTableSize}`;

  // The schema can be asked for the newest version only, and is the same in one that changed nothing.
  if (changesAfter(withoutUpkeep(since), entry.stagingVersion).length === 0) {
    const [here, there] = await Promise.all([columnsOf(tables, target), columnsOf(tables, staging)]);
    if (here !== there) return `its columns are ${here}, in staging ${there}`;
  }
  if (verify === 'rows') {
    const [here, there] = await Promise.all([
      tables.rowCount(target, targetVersion),
      tables.rowCount(staging, entry.stagingVersion),
    ]);
    if (here !== there) return `it has ${here} rows, staging has ${there}`;
  }
  return null;
}

async function columnsOf(tables: Tables, table: Parameters<Tables['columns']>[0]): Promise<string> {
  const columns = await tables.columns(table);
  return columns.map(({ name, type }) => `${name} ${type}`).join(', ');
}
