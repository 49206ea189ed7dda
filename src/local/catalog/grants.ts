import type { Privilege } from './catalog.js';

/** What a privilege can be granted on. Names are lower case; a schema is `catalog.schema`. */
export interface Securable {
  readonly type: 'catalog' | 'schema' | 'table' | 'external_location';
  readonly name: string;
}

/** One principal's privileges on one securable, as stored. */
export interface Grant {
  readonly principal: string;
  readonly securable: Securable;
  readonly privileges: readonly Privilege[];
}

const TITLE = {
  catalog: 'Catalog',
  schema: 'Schema',
  table: 'Table',
  external_location: 'External Location',
} as const;

/** For messages: "Table 'a.b.c'". */
export function describeSecurable(securable: Securable): string {
  return `${TITLE[securable.type]} '${securable.name}'`;
}

/** The securable itself, then those it inherits privileges from: table, schema, catalog. */
function withAncestors(securable: Securable): readonly Securable[] {
  if (securable.type === 'catalog' || securable.type === 'external_location') return [securable];
  const [catalog = '', schema = ''] = securable.name.split('.');
  const parents: Securable[] = [{ type: 'catalog', name: catalog }];
  if (securable.type === 'table') parents.unshift({ type: 'schema', name: `${catalog}.${schema}` });
  return [securable, ...parents];
}

/** Adds privileges to what is already granted; one entry per principal and securable. */
export function addGrant(grants: readonly Grant[], added: Grant): readonly Grant[] {
  const before = grants.find((grant) => isSame(grant, added));
  const privileges = [...new Set([...(before?.privileges ?? []), ...added.privileges])];
  return [...grants.filter((grant) => grant !== before), { ...added, privileges }];
}

/** Takes privileges away; what was never granted is ignored. */
export function removeGrant(grants: readonly Grant[], removed: Grant): readonly Grant[] {
  return grants.flatMap((grant) => {
    if (!isSame(grant, removed)) return [grant];
    const privileges = grant.privileges.filter((privilege) => !removed.privileges.includes(privilege));
    return privileges.length === 0 ? [] : [{ ...grant, privileges }];
  });
}

/** Whether the principal holds the privilege on the securable or anything it inherits from. */
export function holds(
  grants: readonly Grant[],
  principal: string,
  privilege: Privilege,
  securable: Securable,
): boolean {
  const places = withAncestors(securable);
  return grants.some(
    (grant) =>
      grant.principal === principal &&
      places.some((place) => place.type === grant.securable.type && place.name === grant.securable.name) &&
      (grant.privileges.includes(privilege) || grant.privileges.includes('ALL PRIVILEGES')),
  );
}

function isSame(a: Grant, b: Grant): boolean {
  return a.principal === b.principal && a.securable.type === b.securable.type && a.securable.name === b.securable.name;
}
