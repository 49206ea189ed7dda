/** A region's Unity Catalog, as far as product, samples and operators meet it. Kept in memory, saved as JSON. */

export type Privilege =
  | 'USE CATALOG'
  | 'USE SCHEMA'
  | 'SELECT'
  | 'MODIFY'
  | 'CREATE TABLE'
  | 'READ FILES'
  | 'WRITE FILES'
  | 'ALL PRIVILEGES';

export interface CatalogTable {
  /** `catalog.schema.table`, lower case. */
  readonly fullName: string;
  /** Unity Catalog's own id of the registration; not the Delta metadata id. */
  readonly tableId: string;
  readonly tableType: 'MANAGED' | 'EXTERNAL' | 'VIEW' | 'MATERIALIZED_VIEW' | 'STREAMING_TABLE' | 'FOREIGN';
  readonly dataSourceFormat: 'DELTA' | 'PARQUET' | 'ICEBERG' | null;
  /** URI (`abfss://…`, or the managed root of the region); null for views. */
  readonly storageLocation: string | null;
  readonly owner: string;
  readonly createdAt: number;
  readonly viewDefinition?: string;
  readonly rowFilter?: string;
  readonly columnMasks?: Readonly<Record<string, string>>;
}

export interface ExternalLocation {
  readonly name: string;
  /** `abfss://…`, no trailing slash. */
  readonly url: string;
  readonly readOnly: boolean;
}
