/** A region's Unity Catalog and the map of cloud storage to folders of this machine. */
export { RegionCatalog } from './region-catalog.js';
export { StorageMap } from './storage-map.js';
