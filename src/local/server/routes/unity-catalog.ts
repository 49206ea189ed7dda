import { z } from 'zod';
import type { CatalogTable } from '../../catalog/catalog.js';
import type { CatalogBackend, Principal, TableDetails } from '../backends.js';
import { ApiError, permissionDenied } from '../http/api-error.js';
import type { Route } from '../http/router.js';
import { parseSparkType } from '../spark-type.js';
import { apiTypeName } from '../values.js';
import { page, parseQuery, queryInteger } from './parse.js';

const part = 'control';
const base = '/api/2.1/unity-catalog';

const pageQuery = { max_results: queryInteger.optional(), page_token: z.string().optional() };
const tablesQuery = z.looseObject({ catalog_name: z.string(), schema_name: z.string(), ...pageQuery });
const schemasQuery = z.looseObject({ catalog_name: z.string(), ...pageQuery });
const listQuery = z.looseObject(pageQuery);

/** Unity Catalog, to look at: what is registered, where it lies, who may see it. */
export function unityCatalogRoutes(catalog: CatalogBackend, regionName: string): readonly Route[] {
  const find = (fullName: string): CatalogTable => {
    const table = catalog.table(fullName);
    if (!table) throw new ApiError(404, 'TABLE_DOES_NOT_EXIST', `Table '${fullName}' does not exist.`);
    return table;
  };
  const mayRead = ({ name, admin }: Principal, table: CatalogTable): boolean =>
    admin || table.owner === name || catalog.isGranted(name, 'SELECT', table.fullName);

  return [
    {
      method: 'GET',
      path: `${base}/tables/{name}`,
      part,
      async handle({ principal, path }) {
        const table = find(path.name ?? '');
        if (!mayRead(principal, table)) throw permissionDenied(principal.name, 'SELECT', `Table '${table.fullName}'`);
        return tableWire(table, await catalog.details(table.fullName));
      },
    },
    {
      method: 'GET',
      path: `${base}/tables/{name}/exists`,
      part,
      handle: ({ path }) => ({ table_exists: catalog.table(path.name ?? '') !== undefined }),
    },
    {
      method: 'GET',
      path: `${base}/tables`,
      part,
      async handle({ principal, query }) {
        const filter = parseQuery(tablesQuery, query);
        const visible = catalog
          .tables(filter.catalog_name, filter.schema_name)
          .filter((table) => mayRead(principal, table));
        const { items, nextPageToken } = page(visible, limitOf(filter.max_results), filter.page_token);
        const tables = await Promise.all(
          items.map(async (table) => tableWire(table, await catalog.details(table.fullName))),
        );
        return { tables, next_page_token: nextPageToken };
      },
    },
    {
      method: 'GET',
      path: `${base}/schemas`,
      part,
      handle({ query }) {
        const filter = parseQuery(schemasQuery, query);
        const schemas = catalog.schemas(filter.catalog_name).map((name) => ({
          name,
          catalog_name: filter.catalog_name,
          full_name: `${filter.catalog_name}.${name}`,
        }));
        return paged('schemas', schemas, filter);
      },
    },
    {
      method: 'GET',
      path: `${base}/catalogs`,
      part,
      handle: ({ query }) =>
        paged(
          'catalogs',
          catalog.catalogs().map((name) => ({ name, catalog_type: 'MANAGED_CATALOG' })),
          parseQuery(listQuery, query),
        ),
    },
    {
      method: 'GET',
      path: `${base}/external-locations`,
      part,
      handle({ principal, query }) {
        const visible = catalog
          .externalLocations()
          .filter(({ name }) => principal.admin || catalog.isGranted(principal.name, 'READ FILES', name))
          .map(({ name, url, readOnly }) => ({
            name,
            url,
            read_only: readOnly,
            credential_name: `${name}-credential`,
          }));
        return paged('external_locations', visible, parseQuery(listQuery, query));
      },
    },
    {
      method: 'GET',
      path: `${base}/metastore_summary`,
      part,
      handle: () => ({
        metastore_id: `metastore-${regionName}`,
        name: `metastore-${regionName}`,
        region: regionName,
        cloud: 'azure',
      }),
    },
  ];
}

const limitOf = (maxResults: number | undefined): number => (maxResults ? Math.min(maxResults, 1000) : 1000);

function paged(
  key: string,
  all: readonly unknown[],
  query: { max_results?: number | undefined; page_token?: string | undefined },
): Record<string, unknown> {
  const { items, nextPageToken } = page(all, limitOf(query.max_results), query.page_token);
  return { [key]: items, next_page_token: nextPageToken };
}

function tableWire(table: CatalogTable, details: TableDetails | null): Record<string, unknown> {
  const [catalogName, schemaName, name] = table.fullName.split('.');
  const masks = table.columnMasks ?? {};
  return {
    name,
    catalog_name: catalogName,
    schema_name: schemaName,
    full_name: table.fullName,
    table_id: table.tableId,
    table_type: table.tableType,
    data_source_format: table.dataSourceFormat ?? undefined,
    storage_location: table.storageLocation ?? undefined,
    owner: table.owner,
    created_at: table.createdAt,
    updated_at: table.createdAt,
    view_definition: table.viewDefinition,
    ...(table.rowFilter !== undefined && { row_filter: { function_name: table.rowFilter, input_column_names: [] } }),
    columns: (details?.columns ?? []).map((column, position) => ({
      name: column.name,
      type_text: column.typeText,
      type_name: apiTypeName(parseSparkType(column.typeText)),
      position,
      nullable: column.nullable,
      ...(masks[column.name] !== undefined && { mask: { function_name: masks[column.name] } }),
    })),
    properties: details?.properties ?? {},
  };
}
