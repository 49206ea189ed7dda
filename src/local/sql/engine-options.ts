import type { RegionCatalog } from '../catalog/region-catalog.js';
import type { StorageMap } from '../catalog/storage-map.js';
import type { Clock } from '../clock.js';
import type { Storage } from '../delta/index.js';
import type { StatementRequest } from './statement.js';
import type { Statement } from './statement-types.js';

/** Where faults and observers take hold of statements. A hook that throws fails the statement at that point. */
export interface SqlHooks {
  /** After parsing and before anything is done. */
  readonly onStatement?: (event: {
    readonly request: StatementRequest;
    readonly kind: Statement['kind'];
  }) => Promise<void>;
  /** Data files are written; the commit that would make them part of the table comes next. */
  readonly beforeCommit?: (event: { readonly request: StatementRequest; readonly logFile: string }) => Promise<void>;
  /** Bytes that a clone has copied, file by file. */
  readonly onCopiedBytes?: (event: { readonly request: StatementRequest; readonly bytes: number }) => void;
}

export interface SqlEngineOptions {
  /** Name of the region, for messages. */
  readonly region: string;
  readonly catalog: RegionCatalog;
  /** All access of this region to stored files. */
  readonly storage: Storage;
  readonly storageMap: StorageMap;
  readonly clock: Clock;
  /** Time of the storage service, for the modification times of log files; `clock` where left out. */
  readonly storageClock?: Clock;
  /** False where the runtime writes commits without the struct `job`; asked at every commit. Default: always true. */
  readonly attributionVisible?: () => boolean;
  readonly hooks?: SqlHooks;
  /** Default 1024. */
  readonly memoryLimitMegabytes?: number;
  /** Default 2. */
  readonly threads?: number;
}
