import type { RegionCatalog } from '../catalog/region-catalog.js';
import type { StorageMap } from '../catalog/storage-map.js';
import type { TableReader } from '../truth/capture.js';
import { contentHash, newestVersion } from '../truth/content-hash.js';

/** Folder of a registered table. @throws Error where the catalog has no such table, or none with files */
export function tableFolder(catalog: RegionCatalog, storageMap: StorageMap, table: string): string {
  const location = catalog.table(table)?.storageLocation;
  const folder = location ? storageMap.toFolder(location) : undefined;
  if (folder === undefined) throw new Error(`Table ${table} is not registered in this region, or has no folder.`);
  return folder;
}

/** Looks at tables straight on the disk: truth is told even while the region's storage is faulty. */
export function tableReader(catalog: RegionCatalog, storageMap: StorageMap): TableReader {
  return {
    version: (table) => newestVersion(tableFolder(catalog, storageMap, table)),
    read: (table, version) => contentHash(tableFolder(catalog, storageMap, table), version),
  };
}
