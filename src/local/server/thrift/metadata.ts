/** Results of the driver's metadata calls, with JDBC's column names as HiveServer2 gives them. */
import type { StatementResult } from '../../sql/statement.js';
import type { CatalogBackend } from '../backends.js';

const strings = (...names: string[]) => names.map((name) => ({ name, type: 'string' }));

export const catalogsResult = (catalog: CatalogBackend): StatementResult => ({
  columns: strings('TABLE_CAT'),
  rows: catalog.catalogs().map((name) => [name]),
});

interface Patterns {
  readonly catalogName?: string;
  readonly schemaName?: string;
  readonly tableName?: string;
  readonly tableTypes?: readonly string[];
}

export function schemasResult(catalog: CatalogBackend, patterns: Patterns): StatementResult {
  return { columns: strings('TABLE_SCHEM', 'TABLE_CATALOG'), rows: schemasOf(catalog, patterns) };
}

export function tablesResult(catalog: CatalogBackend, patterns: Patterns): StatementResult {
  const rows = schemasOf(catalog, patterns).flatMap(([schema, catalogName]) =>
    catalog.tables(catalogName, schema).map((table) => {
      const type = table.tableType === 'VIEW' ? 'VIEW' : 'TABLE';
      return [catalogName, schema, table.fullName.split('.').at(-1) ?? '', type, ''] as const;
    }),
  );
  return {
    columns: strings('TABLE_CAT', 'TABLE_SCHEM', 'TABLE_NAME', 'TABLE_TYPE', 'REMARKS'),
    rows: rows.filter(
      ([, , name, type]) =>
        matches(name, patterns.tableName) && (!patterns.tableTypes?.length || patterns.tableTypes.includes(type)),
    ),
  };
}

export const tableTypesResult = (): StatementResult => ({
  columns: strings('TABLE_TYPE'),
  rows: [['TABLE'], ['VIEW']],
});

const schemasOf = (catalog: CatalogBackend, { catalogName, schemaName }: Patterns): (readonly [string, string])[] =>
  catalog
    .catalogs()
    .filter((name) => matches(name, catalogName))
    .flatMap((name) => catalog.schemas(name).map((schema) => [schema, name] as const))
    .filter(([schema]) => matches(schema, schemaName));

/** JDBC search patterns: `%` any text, `_` any character; none means all. */
function matches(name: string, pattern: string | null | undefined): boolean {
  if (pattern === null || pattern === undefined || pattern === '') return true;
  const escaped = pattern
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('%', '.*')
    .replaceAll('_', '.');
  return new RegExp(`^${escaped}$`, 'i').test(name);
}
