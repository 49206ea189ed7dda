import { insufficientPermissions, noParentExternalLocation } from '../sql/errors.js';
import type { Privilege } from './catalog.js';
import type { Securable } from './grants.js';
import { describeSecurable } from './grants.js';
import type { RegionCatalog } from './region-catalog.js';

/** Throws INSUFFICIENT_PERMISSIONS, which names principal, privilege and object. */
export function requirePrivilege(
  catalog: RegionCatalog,
  principal: string,
  privilege: Privilege,
  securable: Securable,
): void {
  if (catalog.may(principal, privilege, securable)) return;
  throw insufficientPermissions(principal, privilege, describeSecurable(securable));
}

/** What every access by name needs first: to see the catalog and the schema. */
export function requireSchemaUse(catalog: RegionCatalog, principal: string, inCatalog: string, schema: string): void {
  requirePrivilege(catalog, principal, 'USE CATALOG', { type: 'catalog', name: inCatalog });
  requirePrivilege(catalog, principal, 'USE SCHEMA', { type: 'schema', name: `${inCatalog}.${schema}` });
}

/**
 * Access by path: the registered table that lies there governs it, else the external location around it. A URI that no
 * location covers can't be reached at all, not even by admins: the region has no credential for it.
 */
export function requirePath(
  catalog: RegionCatalog,
  principal: string,
  uri: string,
  privilege: 'READ FILES' | 'WRITE FILES',
): void {
  const table = catalog.tableAt(uri);
  if (table !== undefined) {
    const needed = privilege === 'READ FILES' ? 'SELECT' : 'MODIFY';
    requirePrivilege(catalog, principal, needed, { type: 'table', name: table.fullName });
    return;
  }
  const location = catalog.locationOf(uri);
  if (location === undefined) throw noParentExternalLocation(uri);
  const securable = { type: 'external_location', name: location.name } as const;
  if (privilege === 'WRITE FILES' && location.readOnly) {
    throw insufficientPermissions(principal, privilege, `read-only ${describeSecurable(securable)}`);
  }
  requirePrivilege(catalog, principal, privilege, securable);
}
