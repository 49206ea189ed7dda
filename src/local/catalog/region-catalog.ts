import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.js';
import type { CatalogTable, ExternalLocation, Privilege } from './catalog.js';
import type { CatalogState } from './catalog-file.js';
import { emptyCatalogState, readCatalogFile, writeCatalogFile } from './catalog-file.js';
import type { Grant, Securable } from './grants.js';
import { addGrant, holds, removeGrant } from './grants.js';
import { covers, normalizeUri } from './storage-map.js';

export interface RegionCatalogOptions {
  /** JSON file that keeps the catalog over restarts. */
  readonly file: string;
  /** URI below which managed tables of this region lie. */
  readonly managedRoot: string;
  readonly clock: Clock;
}

/** What is needed to register a table; the rest the catalog fills in. */
export type NewTable = Pick<CatalogTable, 'fullName' | 'tableType' | 'owner'> &
  Partial<Omit<CatalogTable, 'fullName' | 'tableType' | 'owner'>>;

/**
 * A region's Unity Catalog. Names are compared without regard to case and kept in lower case. A change is in memory at
 * once and in the file when the returned promise settles.
 */
export class RegionCatalog {
  readonly managedRoot: string;
  readonly #file: string;
  readonly #clock: Clock;
  #state: CatalogState;
  #saved: Promise<void> = Promise.resolve();

  private constructor(options: RegionCatalogOptions, state: CatalogState) {
    this.managedRoot = normalizeUri(options.managedRoot);
    this.#file = options.file;
    this.#clock = options.clock;
    this.#state = state;
  }

  /** Opens the catalog kept in `options.file`, or an empty one. */
  static async open(options: RegionCatalogOptions): Promise<RegionCatalog> {
    return new RegionCatalog(options, (await readCatalogFile(options.file)) ?? emptyCatalogState);
  }

  catalogs(): readonly string[] {
    return this.#state.catalogs;
  }

  hasCatalog(name: string): boolean {
    return this.#state.catalogs.includes(lower(name));
  }

  /** Names of the schemas of a catalog, without the catalog's. */
  schemas(catalog: string): readonly string[] {
    const prefix = `${lower(catalog)}.`;
    return this.#state.schemas.filter((schema) => schema.startsWith(prefix)).map((name) => name.slice(prefix.length));
  }

  hasSchema(catalog: string, schema: string): boolean {
    return this.#state.schemas.includes(lower(`${catalog}.${schema}`));
  }

  tables(catalog: string, schema: string): readonly CatalogTable[] {
    const prefix = lower(`${catalog}.${schema}.`);
    return this.#state.tables.filter((table) => table.fullName.startsWith(prefix));
  }

  allTables(): readonly CatalogTable[] {
    return this.#state.tables;
  }

  table(fullName: string): CatalogTable | undefined {
    const wanted = lower(fullName);
    return this.#state.tables.find((table) => table.fullName === wanted);
  }

  /** The registered table whose folder is, or contains, this URI: it governs access by path. */
  tableAt(uri: string): CatalogTable | undefined {
    const wanted = normalizeUri(uri);
    return this.#state.tables.find(
      ({ storageLocation }) => storageLocation !== null && covers(normalizeUri(storageLocation), wanted),
    );
  }

  externalLocations(): readonly ExternalLocation[] {
    return this.#state.externalLocations;
  }

  /** The external location that a URI lies in, the innermost if several. */
  locationOf(uri: string): ExternalLocation | undefined {
    const wanted = normalizeUri(uri);
    return this.#state.externalLocations
      .filter((location) => covers(location.url, wanted))
      .toSorted((a, b) => b.url.length - a.url.length)[0];
  }

  isAdmin(principal: string): boolean {
    return this.#state.admins.includes(principal);
  }

  /** Whether the principal may do this: as admin, as the table's owner, or by a grant on it or on what contains it. */
  may(principal: string, privilege: Privilege, securable: Securable): boolean {
    if (this.isAdmin(principal)) return true;
    if (securable.type === 'table' && this.table(securable.name)?.owner === principal) return true;
    return holds(this.#state.grants, principal, privilege, { ...securable, name: lower(securable.name) });
  }

  /** Like {@link may} for a securable given by name alone, as REST callers have it. */
  isGranted(principal: string, privilege: Privilege, securable: string): boolean {
    const depth = securable.split('.').length;
    const byDepth = { 1: 'catalog', 2: 'schema', 3: 'table' } as const;
    const type = depth === 1 || depth === 2 || depth === 3 ? byDepth[depth] : undefined;
    const isLocation = this.#state.externalLocations.some(({ name }) => name === lower(securable));
    if (isLocation && this.may(principal, privilege, { type: 'external_location', name: securable })) return true;
    return type !== undefined && this.may(principal, privilege, { type, name: securable });
  }

  grants(): readonly Grant[] {
    return this.#state.grants;
  }

  async createCatalog(name: string): Promise<void> {
    if (!this.hasCatalog(name)) await this.#change({ catalogs: [...this.#state.catalogs, lower(name)] });
  }

  /** Creates the schema; its catalog must exist (the caller checks). */
  async createSchema(catalog: string, schema: string): Promise<void> {
    if (this.hasSchema(catalog, schema)) return;
    await this.#change({ schemas: [...this.#state.schemas, lower(`${catalog}.${schema}`)] });
  }

  /** Adds a table or replaces the registration of that name. A replaced registration keeps its id and owner. */
  async registerTable(table: NewTable): Promise<CatalogTable> {
    const before = this.table(table.fullName);
    const registered: CatalogTable = {
      dataSourceFormat: table.tableType.endsWith('VIEW') ? null : 'DELTA',
      storageLocation: null,
      ...table,
      fullName: lower(table.fullName),
      tableId: table.tableId ?? before?.tableId ?? randomUUID(),
      owner: before?.owner ?? table.owner,
      createdAt: table.createdAt ?? before?.createdAt ?? this.#clock.now(),
    };
    await this.#change({ tables: [...this.#state.tables.filter((other) => other !== before), registered] });
    return registered;
  }

  /** Forgets the registration and its grants; files are not touched. @returns whether there was one */
  async dropTable(fullName: string): Promise<boolean> {
    const table = this.table(fullName);
    if (table === undefined) return false;
    await this.#change({
      tables: this.#state.tables.filter((other) => other !== table),
      grants: this.#state.grants.filter(
        ({ securable }) => securable.type !== 'table' || securable.name !== table.fullName,
      ),
    });
    return true;
  }

  async addExternalLocation(location: ExternalLocation): Promise<void> {
    const added = { ...location, name: lower(location.name), url: normalizeUri(location.url) };
    const others = this.#state.externalLocations.filter(({ name }) => name !== added.name);
    await this.#change({ externalLocations: [...others, added] });
  }

  async addAdmin(principal: string): Promise<void> {
    if (!this.isAdmin(principal)) await this.#change({ admins: [...this.#state.admins, principal] });
  }

  async grant(principal: string, privileges: readonly Privilege[], securable: Securable): Promise<void> {
    const grant = { principal, privileges, securable: { ...securable, name: lower(securable.name) } };
    await this.#change({ grants: addGrant(this.#state.grants, grant) });
  }

  async revoke(principal: string, privileges: readonly Privilege[], securable: Securable): Promise<void> {
    const grant = { principal, privileges, securable: { ...securable, name: lower(securable.name) } };
    await this.#change({ grants: removeGrant(this.#state.grants, grant) });
  }

  /** Where a new managed table lies; a fresh folder each time, so that a re-created table never meets old files. */
  newManagedLocation(): string {
    return `${this.managedRoot}/${randomUUID()}`;
  }

  async #change(part: Partial<CatalogState>): Promise<void> {
    this.#state = { ...this.#state, ...part };
    const state = this.#state;
    // Writes go one after the other, so that the file ends with the newest state; a failed one does not stop the next.
    const write = () => writeCatalogFile(this.#file, state);
    this.#saved = this.#saved.then(write, write);
    await this.#saved;
  }
}

const lower = (name: string) => name.toLowerCase();
