import type { WorkspaceConfig } from '../../config/index.js';
import type { Workspace } from '../../databricks/api.js';
import type { Role } from '../../domain/connection.js';
import { DrError } from '../../domain/failure.js';
import { inParallel } from '../../domain/in-parallel.js';
import type { Region } from '../../domain/region.js';
import { otherRegion } from '../../domain/region.js';
import { catalogLanes, covers } from './table-checks.js';
import type { LiveFinding } from './workspace-checks.js';

/** The roles that run statements. */
export type HopRole = Exclude<Role, 'jobs'>;

/** @param key where the finding belongs, below the workspace; null: to the key that names the role's token */
type At = (role: HopRole, key: string | null, error: unknown) => LiveFinding;

/**
 * Asks with each sender's and receiver's own token for what it will need: the warehouse, every table, the sync location
 * that it writes to. Only what the region's general principal can see: what that one misses is told once, by its own
 * checks. To ask changes nothing, so a right to write shows only when it is first used.
 *
 * @param roles those with a token of their own
 */
export async function checkRoles(
  connected: Workspace,
  workspace: WorkspaceConfig,
  region: Region,
  roles: readonly HopRole[],
  at: At,
): Promise<LiveFinding[]> {
  const findings = await Promise.all(
    roles.map(async (role) => {
      const warehouse = await warehouseFindings(connected, role, at);
      // Without the warehouse, or with a token that nobody knows, every other question has the same answer.
      if (warehouse.length > 0) return warehouse;
      const [tables, locations] = await Promise.all([
        tableFindings(connected, workspace, region, role, at),
        locationFindings(connected, workspace, region, role, at),
      ]);
      return [...locations, ...tables];
    }),
  );
  return findings.flat();
}

async function warehouseFindings(connected: Workspace, role: HopRole, at: At): Promise<LiveFinding[]> {
  try {
    await connected.as(role).warehouse.state();
    // Statements that a dead worker has left are looked for there, with the token that submitted them.
    await connected.statements(role).findByTags({ dr_group: 'validate' }, { sinceMs: Date.now() });
    return [];
  } catch (error) {
    return (await answers(() => connected.warehouse.state())) ? [at(role, null, asDenial(error))] : [];
  }
}

/** A warehouse that the general principal sees is there: whoever does not see it lacks a right. */
const asDenial = (error: unknown): unknown =>
  error instanceof DrError && error.code === 'WAREHOUSE_UNAVAILABLE'
    ? new DrError('PERMISSION_DENIED', error.message, { remedy: 'Grant CAN USE on the SQL warehouse.', cause: error })
    : error;

async function tableFindings(
  connected: Workspace,
  workspace: WorkspaceConfig,
  region: Region,
  role: HopRole,
  at: At,
): Promise<LiveFinding[]> {
  const tables = workspace.groups.flatMap((group, groupIndex) =>
    group.tables.map((table, tableIndex) => ({
      name: table[region],
      key: `sync_groups[${groupIndex}].tables[${tableIndex}]`,
    })),
  );
  const { catalog } = connected.as(role);
  const findings = await inParallel(tables, catalogLanes, async ({ name, key }): Promise<LiveFinding | null> => {
    try {
      await catalog.getTable(name);
      return null;
    } catch (error) {
      return (await answers(() => connected.catalog.getTable(name))) ? at(role, key, error) : null;
    }
  });
  return findings.filter((finding) => finding !== null);
}

/** A sender writes to staging in the other region, a receiver reads it, and keeps the ledger, in its own. */
async function locationFindings(
  connected: Workspace,
  workspace: WorkspaceConfig,
  region: Region,
  role: HopRole,
  at: At,
): Promise<LiveFinding[]> {
  const of = role === 'send' ? otherRegion(region) : region;
  const location = workspace.syncLocations[of];
  const [theirs, known] = await Promise.all([
    connected.as(role).catalog.listExternalLocations(),
    connected.catalog.listExternalLocations(),
  ]);
  const isCovered = (locations: typeof known): boolean => locations.some((each) => covers(each, location));
  if (isCovered(theirs) || !isCovered(known)) return [];
  const who = role === 'send' ? 'sender' : 'receiver';
  const error = new DrError(
    'PERMISSION_DENIED',
    `The ${who} of the ${region} region (${connected.host}) sees no external location that covers ${location}.`,
    { remedy: 'Grant it READ FILES and WRITE FILES on that location.' },
  );
  return [at(role, `sync_location_${of}`, error)];
}

/** Whether the region's general principal gets an answer: then a refusal is one of the role. */
async function answers(ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await ask();
    return true;
  } catch (error) {
    if (!(error instanceof DrError)) throw error;
    return false;
  }
}
