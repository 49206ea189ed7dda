import { randomBytes } from 'node:crypto';
import type { Region } from '../../domain/region.js';
import { otherRegion } from '../../domain/region.js';
import type { Privilege } from '../catalog/catalog.js';
import type { RegionCatalog } from '../catalog/region-catalog.js';
import type { Principal } from '../server/backends.js';
import type { SecretScope } from '../server/secrets.js';
import { catalogName, locationName, sampleGroups, schemaNames, secretScope } from './layout.js';

/** Runs the sample jobs and owns their tables. No token leads to it: nobody but the job engine acts in its name. */
export const jobOwner = 'etl';

/** Role names as in `stack.json`. The reverse ones serve the way back, after a failover. */
const roles = {
  primary: ['admin', 'bootstrap', 'jobs', 'sender', 'reverse_receiver'],
  secondary: ['admin', 'bootstrap', 'jobs', 'receiver', 'reverse_sender'],
} as const satisfies Record<Region, readonly string[]>;

export type TokensByRole = Readonly<Record<string, string>>;

/** Fresh tokens for a region; the two regions share none. */
export function newTokens(region: Region): TokensByRole {
  return Object.fromEntries(roles[region].map((role) => [role, `dapi-local-${randomBytes(20).toString('hex')}`]));
}

const isSender = (role: string): boolean => role.endsWith('sender');
const isReceiver = (role: string): boolean => role.endsWith('receiver');

/** What each role may call. Rights on data stand in the catalog, see `grantRights`. */
export function principalsOf(tokens: TokensByRole): readonly Principal[] {
  return Object.entries(tokens).map(([role, token]) => ({
    name: role,
    tokens: [token],
    admin: role === 'admin',
    jobRights: role === 'jobs' ? { '*': 'CAN_MANAGE' as const } : {},
    canUseWarehouses: role === 'jobs' || isSender(role) || isReceiver(role),
    canMonitorWarehouses: role === 'jobs',
  }));
}

/** Key of each principal's token in the secret scope of its own region. */
const secretKeys: Readonly<Record<string, string>> = {
  jobs: 'dr-pat-key',
  sender: 'dr-sender-key',
  receiver: 'dr-receiver-key',
  reverse_sender: 'dr-reverse-sender-key',
  reverse_receiver: 'dr-reverse-receiver-key',
};

/** The scope that the config names: the bootstrap principal may read it, and nothing else. */
export function secretScopeOf(tokens: TokensByRole): SecretScope {
  const secrets = Object.entries(tokens).flatMap(([role, token]) => {
    const key = secretKeys[role];
    return key === undefined ? [] : [[key, token] as const];
  });
  return { name: secretScope, secrets: Object.fromEntries(secrets), acl: { bootstrap: 'READ', admin: 'MANAGE' } };
}

/** Gives each principal what its part needs, no more. Repeating it changes nothing. */
export async function grantRights(catalog: RegionCatalog, region: Region, tokens: TokensByRole): Promise<void> {
  const far = otherRegion(region);
  const onTables = async (principal: string, privileges: readonly Privilege[]): Promise<void> => {
    for (const name of sampleGroups.flatMap(({ tables }) => tables)) {
      await catalog.grant(principal, privileges, { type: 'table', name });
    }
  };
  const onLocation = (principal: string, name: string, ...privileges: Privilege[]): Promise<void> =>
    catalog.grant(principal, privileges, { type: 'external_location', name });
  const onSchemas = async (principal: string, privileges: readonly Privilege[]): Promise<void> => {
    await catalog.grant(principal, ['USE CATALOG'], { type: 'catalog', name: catalogName });
    for (const schema of schemaNames) {
      await catalog.grant(principal, privileges, { type: 'schema', name: `${catalogName}.${schema}` });
    }
  };

  await catalog.addAdmin('admin');
  await onSchemas(jobOwner, ['USE SCHEMA', 'CREATE TABLE']);
  await onLocation(jobOwner, locationName(region, 'landing'), 'READ FILES');
  await onLocation(jobOwner, locationName(region, 'data'), 'READ FILES', 'WRITE FILES');
  for (const role of Object.keys(tokens)) {
    if (role === 'jobs') {
      await onSchemas(role, ['USE SCHEMA']);
      // Unity Catalog shows a table's registration to those who may SELECT from it.
      await onTables(role, ['SELECT']);
      await onLocation(role, locationName(region, 'sync'), 'READ FILES');
      await onLocation(role, locationName(far, 'sync'), 'READ FILES');
    } else if (isSender(role)) {
      await onSchemas(role, ['USE SCHEMA']);
      await onTables(role, ['SELECT']);
      await onLocation(role, locationName(region, 'sync'), 'READ FILES', 'WRITE FILES');
      await onLocation(role, locationName(far, 'sync'), 'READ FILES', 'WRITE FILES');
    } else if (isReceiver(role)) {
      await onSchemas(role, ['USE SCHEMA', 'CREATE TABLE']);
      await onTables(role, ['SELECT', 'MODIFY']);
      await onLocation(role, locationName(region, 'sync'), 'READ FILES', 'WRITE FILES');
      // Replacing an external table writes to where it lies.
      await onLocation(role, locationName(region, 'data'), 'READ FILES', 'WRITE FILES');
    }
  }
}
