import type { RegionCatalog } from '../catalog/region-catalog.js';
import type { StorageMap } from '../catalog/storage-map.js';
import type { Author, DeltaEnv, Storage } from '../delta/index.js';
import type { Duck, DuckSession } from './duck.js';
import type { SqlEngineOptions, SqlHooks } from './engine-options.js';
import { pathNotFound, throwIfCanceled } from './errors.js';
import type { StatementRequest } from './statement.js';

/** Everything that carries out one statement. */
export interface Context {
  readonly request: StatementRequest;
  readonly catalog: RegionCatalog;
  readonly storageMap: StorageMap;
  readonly delta: DeltaEnv;
  readonly author: Author;
  readonly hooks: SqlHooks;
  /** Epoch milliseconds, the same for the whole statement. */
  readonly now: number;
  /** Runs `use` with a DuckDB connection of its own. */
  readonly compute: <T>(use: (session: DuckSession) => Promise<T>) => Promise<T>;
}

export function createContext(options: SqlEngineOptions, duck: Duck, request: StatementRequest): Context {
  const visible = options.attributionVisible?.() ?? true;
  const hooks = options.hooks ?? {};
  const now = options.clock.now();
  return {
    request,
    catalog: options.catalog,
    storageMap: options.storageMap,
    delta: {
      storage: guardCommits(options.storage, request, hooks),
      clock: options.clock,
      ...(options.storageClock === undefined ? {} : { storageClock: options.storageClock }),
      resolveUri: (uri) => localPath(options.storageMap, uri),
    },
    author: {
      userName: request.principal,
      attribution: visible ? request.attribution : null,
      statementId: request.statementId,
    },
    hooks,
    now,
    compute: async (use) =>
      await duck.session(request.signal, async (session) => {
        await session.run(`CREATE TEMP MACRO dr_now() AS make_timestamptz(${now}::BIGINT * 1000)`);
        await session.run('CREATE TEMP MACRO dr_today() AS dr_now()::DATE');
        return await use(session);
      }),
  };
}

/**
 * A log file appears in one step, and that step is the commit. Here a cancelled statement is stopped for good, and
 * faults take hold between the written data and the commit.
 */
function guardCommits(storage: Storage, request: StatementRequest, hooks: SqlHooks): Storage {
  return {
    list: (folder, options) => storage.list(folder, options),
    stat: (path) => storage.stat(path),
    read: (path, range) => storage.read(path, range),
    write: (path, content) => storage.write(path, content),
    copy: (from, to) => storage.copy(from, to),
    delete: (path) => storage.delete(path),
    putIfAbsent: async (path, content, modifiedAtMs) => {
      throwIfCanceled(request.signal);
      await hooks.beforeCommit?.({ request, logFile: path });
      throwIfCanceled(request.signal);
      return await storage.putIfAbsent(path, content, modifiedAtMs);
    },
  };
}

/** The folder or file behind a URI. Throws PATH_NOT_FOUND where no mapped storage has it. */
export function localPath(storageMap: StorageMap, uri: string): string {
  const folder = storageMap.toFolder(uri);
  if (folder === undefined) throw pathNotFound(uri);
  return folder;
}
