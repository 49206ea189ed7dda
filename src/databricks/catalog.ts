import { z } from 'zod';
import type { Catalog, CatalogTable, ExternalLocation } from './api.js';
import { allOf } from './paging.js';
import type { RestClient } from './rest-client.js';

const tableAnswer = z.object({
  full_name: z.string(),
  table_id: z.string().optional(),
  table_type: z.string(),
  data_source_format: z.string().optional(),
  storage_location: z.string().optional(),
  owner: z.string().optional(),
  row_filter: z.unknown().optional(),
  columns: z.array(z.object({ name: z.string(), mask: z.unknown().optional() })).optional(),
  pipeline_id: z.string().optional(),
  properties: z.record(z.string(), z.string()).optional(),
});

const locationsPage = z.object({
  external_locations: z
    .array(z.object({ name: z.string(), url: z.string(), read_only: z.boolean().optional() }))
    .optional(),
  next_page_token: z.string().optional(),
});

const isSet = (value: unknown): boolean => value !== undefined && value !== null;

/** @param rest speaks for the principal whose view it is */
export function createCatalog(rest: RestClient): Catalog {
  return {
    async getTable(fullName): Promise<CatalogTable> {
      const table = await rest.call({
        method: 'GET',
        path: `/api/2.1/unity-catalog/tables/${encodeURIComponent(fullName)}`,
        answer: tableAnswer,
        subject: {
          object: `table ${fullName}`,
          right: 'USE CATALOG, USE SCHEMA and SELECT',
          notFound: 'TABLE_NOT_FOUND',
        },
      });
      return {
        fullName: table.full_name,
        tableId: table.table_id ?? null,
        tableType: table.table_type,
        dataSourceFormat: table.data_source_format ?? null,
        storageLocation: table.storage_location ?? null,
        owner: table.owner ?? null,
        hasRowFilter: isSet(table.row_filter),
        maskedColumns: (table.columns ?? []).filter((column) => isSet(column.mask)).map((column) => column.name),
        pipelineId: table.pipeline_id ?? null,
        properties: table.properties ?? {},
      };
    },

    async listExternalLocations(): Promise<readonly ExternalLocation[]> {
      const locations = await allOf('external locations', async (token) => {
        const page = await rest.call({
          method: 'GET',
          path: '/api/2.1/unity-catalog/external-locations',
          query: { page_token: token },
          answer: locationsPage,
          subject: { object: 'external locations', right: 'BROWSE', notFound: 'LOCATION_NOT_FOUND' },
        });
        return { items: page.external_locations ?? [], next: page.next_page_token };
      });
      return locations.map(({ name, url, read_only }) => ({
        name,
        url: url.replace(/\/+$/, ''),
        readOnly: read_only ?? false,
      }));
    },
  };
}
