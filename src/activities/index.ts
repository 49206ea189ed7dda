/**
 * The steps that workflows are made of, one file per kind. A step gathers facts through `databricks/`, has `domain/`
 * decide, and returns plain data. May import config/, databricks/ and domain/; workflows see only the types of
 * contract.ts.
 */
import { createCloneActivities } from './clone.js';
import type { HomeActivities, HostActivities } from './contract.js';
import type { ActivityDeps } from './deps.js';
import { createGuardTargets } from './guard-targets.js';
import { createHomeActivities } from './home.js';
import { createJobActivities } from './job-fence.js';
import { createLedgerActivities, createLedgerOf } from './ledger.js';
import { createLedgerCopyActivities } from './ledger-copy.js';
import { createResolveCut } from './resolve-cut.js';
import { createRunActivities } from './runs.js';
import { createStatementActivities } from './statements.js';
import { createStrandActivities } from './strand.js';
import { createUsablePoint } from './usable-point.js';
import { createVacuumStaging } from './vacuum-staging.js';
import { createVerifyTables } from './verify.js';
import { createWhenRunning } from './warehouse.js';

export { CastFailures } from './cast-failures.js';
export type { ActivityDeps } from './deps.js';

export interface Activities {
  /** For the queue `dr`. */
  readonly home: HomeActivities;
  /** For the queues of every host, both of syncs and of switches. */
  readonly host: HostActivities;
}

export function createActivities(deps: ActivityDeps): Activities {
  const whenRunning = createWhenRunning(deps);
  const ledgerOf = createLedgerOf(deps, whenRunning);
  return {
    home: createHomeActivities(deps),
    host: {
      ...createRunActivities(deps),
      ...createLedgerActivities(deps, ledgerOf),
      ...createLedgerCopyActivities(ledgerOf),
      ...createCloneActivities(deps, whenRunning, ledgerOf),
      ...createStrandActivities(deps, whenRunning),
      ...createStatementActivities(deps, ledgerOf),
      ...createJobActivities(deps),
      resolveCut: createResolveCut(deps, whenRunning),
      guardTargets: createGuardTargets(deps, whenRunning),
      verifyTables: createVerifyTables(deps, whenRunning),
      usablePoint: createUsablePoint(deps, ledgerOf),
      vacuumStaging: createVacuumStaging(deps, whenRunning),
    },
  };
}
