import { atPath, named } from '../databricks/identifiers.js';
import type { TableCommit } from '../domain/commits.js';
import { DrError } from '../domain/failure.js';
import { endsOf } from '../domain/spec.js';
import type { HostActivities, VerifyOrder } from './contract.js';
import type { ActivityDeps } from './deps.js';
import type { WhenRunning } from './warehouse.js';

/** The CLONE commits that are compared are among the newest of both tables. */
const historyRows = 100;

/** What a CLONE commit says of the table that it made, and must be the same on both sides. */
const comparedMetrics = ['sourceNumOfFiles', 'sourceTableSize'] as const;

/**
 * Compares a published table with the staging version that it was cloned from: the clones' own metrics, the schema, and
 * on request a count of the rows. @throws VERIFY_FAILED
 */
export function createVerifyTable(deps: ActivityDeps, whenRunning: WhenRunning): HostActivities['verifyTable'] {
  return async (order) => {
    const { head, direction, entry, targetVersion } = order;
    const workspace = deps.workspace(head.workspace, endsOf(direction).target);
    await whenRunning(workspace);
    const tables = workspace.tables('receive');
    const target = named(entry.targetTable);
    const staging = atPath(entry.stagingLocation);

    const [targetHistory, stagingHistory] = [
      await tables.history(target, { limit: historyRows }),
      await tables.history(staging, { limit: historyRows }),
    ];
    const published = commitOf(targetHistory, targetVersion, order);
    const staged = commitOf(stagingHistory, entry.stagingVersion, order);
    for (const metric of comparedMetrics) {
      const [here, there] = [published.operationMetrics[metric], staged.operationMetrics[metric]];
      if (here !== there) throw failed(order, `${metric} is ${here} in the table and ${there} in staging`);
    }

    // The schema can be asked for the newest version only.
    if (stagingHistory[0]?.version === entry.stagingVersion) {
      const [here, there] = [await tables.columns(target), await tables.columns(staging)];
      const text = (columns: typeof here): string => columns.map(({ name, type }) => `${name} ${type}`).join(', ');
      if (text(here) !== text(there)) throw failed(order, `its columns are ${text(here)}, in staging ${text(there)}`);
    }
    if (head.verify === 'rows') {
      const [here, there] = [
        await tables.rowCount(target, targetVersion),
        await tables.rowCount(staging, entry.stagingVersion),
      ];
      if (here !== there) throw failed(order, `it has ${here} rows, staging has ${there}`);
    }
  };
}

function commitOf(history: readonly TableCommit[], version: number, order: VerifyOrder): TableCommit {
  const commit = history.find((candidate) => candidate.version === version);
  if (commit?.operation === 'CLONE') return commit;
  throw failed(order, `version ${version} is ${commit ? `a ${commit.operation}` : 'not in the history'}, not a clone`);
}

const failed = ({ entry }: VerifyOrder, why: string): DrError =>
  new DrError('VERIFY_FAILED', `${entry.targetTable} is not what staging holds: ${why}.`, {
    remedy:
      'Nothing to do: the table is cloned again, and if that does not help the recovery point before is published.',
  });
