/** A region's Unity Catalog and the map of cloud storage to folders of this machine. */
export type { CatalogTable, ExternalLocation, Privilege } from './catalog.js';
export type { Grant, Securable } from './grants.js';
export type { NewTable, RegionCatalogOptions } from './region-catalog.js';
export { RegionCatalog } from './region-catalog.js';
export { covers, normalizeUri, StorageMap } from './storage-map.js';
