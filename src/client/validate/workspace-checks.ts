import type { DrConfig, Finding, WorkspaceConfig } from '../../config/index.js';
import type { Workspace } from '../../databricks/api.js';
import type { Role } from '../../domain/connection.js';
import { unsupportedJob } from '../../domain/cut/index.js';
import type { FailureCode } from '../../domain/failure.js';
import { DrError, errorOf, isTransient } from '../../domain/failure.js';
import { inParallel } from '../../domain/in-parallel.js';
import type { Region } from '../../domain/region.js';
import type { Io } from '../io.js';
import { withRegion } from '../regions.js';
import type { HopRole } from './role-checks.js';
import { checkRoles } from './role-checks.js';
import { catalogLanes, locationProblems, tableProblem } from './table-checks.js';

/** A finding from a live workspace; the code tells a missing right from a wrong name. */
export interface LiveFinding extends Finding {
  readonly code: FailureCode;
}

const keyOf = {
  url: { primary: 'workspace_instance_url', secondary: 'secondary_workspace_instance_url' },
  pat: { primary: 'workspace_pat_key', secondary: 'secondary_workspace_pat_key' },
  warehouse: { primary: 'warehouse_http_path', secondary: 'secondary_warehouse_http_path' },
} as const;

/** The key that names the secret of a role: its own where it is set, else the one that it falls back to. */
const roleKeys: Readonly<Record<Region, Readonly<Record<Role, string>>>> = {
  primary: { jobs: 'workspace_pat_key', send: 'sender_pat_key', receive: 'reverse_receiver_pat_key' },
  secondary: { jobs: 'secondary_workspace_pat_key', send: 'reverse_sender_pat_key', receive: 'receiver_pat_key' },
};

/**
 * Looks at one region of a workspace as it is now: reachable, credentials, warehouse, jobs, tables, locations. Only
 * REST calls that change nothing; no warehouse is started.
 */
export async function checkRegion(
  io: Io,
  config: DrConfig,
  index: number,
  workspace: WorkspaceConfig,
  region: Region,
): Promise<LiveFinding[]> {
  const place = `workspaces[${index}]`;
  const at = (key: string, error: unknown, severity: Finding['severity'] = 'error'): LiveFinding => {
    if (!(error instanceof DrError)) throw error;
    const { code, message, remedy } = error;
    return {
      place: `${place}.${key}`,
      code,
      message,
      remedy:
        remedy ?? (isTransient(code) ? 'Check the address and the network, then try again.' : 'Correct this key.'),
      severity,
    };
  };
  try {
    return await withRegion(io, config, workspace.name, region, async (connected) => {
      const { findings: secrets, canAsk, usable } = await checkSecrets(connected, config, workspace, region, at);
      if (!canAsk) return secrets;
      const [warehouse, groups, locations] = await Promise.all([
        checkWarehouse(connected, (error) => at(keyOf.warehouse[region], error)),
        checkGroups(connected, workspace, region, at),
        checkLocations(connected, workspace, region, at),
      ]);
      const roles = await checkRoles(connected, workspace, region, usable, (role, key, error) =>
        at(key ?? roleKeys[region][role], error),
      );
      return [...secrets, ...warehouse, ...locations, ...groups, ...roles];
    });
  } catch (error) {
    return [at(keyOf.url[region], error)];
  }
}

type At = (key: string, error: unknown, severity?: Finding['severity']) => LiveFinding;

/**
 * @returns `canAsk`: the region answers, and there is a token to ask it with; else every question has the same answer.
 *   `usable`: roles with a key of their own whose token can be read, `jobs` apart
 */
async function checkSecrets(
  { secrets, host }: Workspace,
  config: DrConfig,
  workspace: WorkspaceConfig,
  region: Region,
  at: At,
): Promise<{ findings: LiveFinding[]; canAsk: boolean; usable: HopRole[] }> {
  const { secretKeys } = workspace.regions[region];
  const findings: LiveFinding[] = [];
  const readable = new Set<string>();
  let canAsk = true;
  for (const role of firstOfEachKey(secretKeys)) {
    const key = roleKeys[region][role];
    try {
      const source = await secrets.sourceOf(role);
      readable.add(secretKeys[role]);
      if (source === 'api') continue;
      const message = `The Secrets API of ${host} does not give the key "${secretKeys[role]}" of the scope "${config.secretScope}"; this environment does.`;
      const remedy = 'Nothing, as long as every worker has it in its environment.';
      findings.push(at(key, new DrError('PERMISSION_DENIED', message, { remedy }), 'warning'));
    } catch (error) {
      const finding = at(key, error);
      if (isTransient(finding.code)) return { findings: [at(keyOf.url[region], error)], canAsk: false, usable: [] };
      findings.push(finding);
      // The catalog, the jobs and the warehouse are looked at with this role's token.
      if (role === 'jobs') canAsk = false;
    }
  }
  const usable = (['send', 'receive'] as const).filter(
    (role) => secretKeys[role] !== secretKeys.jobs && readable.has(secretKeys[role]),
  );
  return { findings, canAsk, usable };
}

/** Roles of one key have one secret: it is asked for once. */
const firstOfEachKey = (secretKeys: Readonly<Record<Role, string>>): Role[] =>
  (['jobs', 'send', 'receive'] as const).filter(
    (role, index, roles) => roles.findIndex((other) => secretKeys[other] === secretKeys[role]) === index,
  );

async function checkWarehouse(
  { warehouse, region }: Workspace,
  at: (error: unknown) => LiveFinding,
): Promise<LiveFinding[]> {
  try {
    await warehouse.id();
    if ((await warehouse.state()) !== 'deleted') return [];
    throw new DrError('WAREHOUSE_UNAVAILABLE', `The SQL warehouse of the ${region} region was deleted.`, {
      remedy: 'Name another one.',
    });
  } catch (error) {
    return [at(error)];
  }
}

async function checkLocations(
  connected: Workspace,
  workspace: WorkspaceConfig,
  region: Region,
  at: At,
): Promise<LiveFinding[]> {
  try {
    const known = await connected.catalog.listExternalLocations();
    return locationProblems(known, workspace.syncLocations, region, connected.host).map(({ of, error }) =>
      at(`sync_location_${of}`, error),
    );
  } catch (error) {
    return [at('sync_location_secondary', error)];
  }
}

async function checkGroups(
  connected: Workspace,
  workspace: WorkspaceConfig,
  region: Region,
  at: At,
): Promise<LiveFinding[]> {
  const questions = workspace.groups.flatMap((group, groupIndex) => {
    const place = `sync_groups[${groupIndex}]`;
    const job = group.job?.[region];
    const jobKey = region === 'secondary' && job !== group.job?.primary ? 'secondary_workflow' : 'workflow';
    return [
      ...(job === undefined
        ? []
        : [{ key: `${place}.${jobKey}`, ask: () => jobProblem(connected, job, group.acknowledgeStreaming) }]),
      ...group.tables.map((table, tableIndex) => ({
        key: `${place}.tables[${tableIndex}]`,
        ask: () => tableProblem(connected, table[region], group.syncIntervalMinutes),
      })),
    ];
  });
  const findings = await inParallel(questions, catalogLanes, async ({ key, ask }): Promise<LiveFinding | null> => {
    try {
      const warning = await ask();
      return warning === null ? null : at(key, warning, 'warning');
    } catch (error) {
      return at(key, error);
    }
  });
  return findings.filter((finding) => finding !== null);
}

/** @throws DrError JOB_NOT_FOUND, JOB_AMBIGUOUS, UNSUPPORTED_CHANGE for a continuous job */
async function jobProblem({ jobs, region }: Workspace, name: string, acknowledgeStreaming: boolean): Promise<null> {
  const { settings } = await jobs.findJob(name);
  const failure = unsupportedJob(name, region, { isContinuous: settings.continuous !== null }, acknowledgeStreaming);
  if (failure !== null) throw errorOf(failure);
  return null;
}
