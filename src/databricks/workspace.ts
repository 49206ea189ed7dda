import type { RegionConnection, Role } from '../domain/connection.js';
import type { Workspace } from './api.js';
import { createCatalog } from './catalog.js';
import { createCredentialStore } from './credentials.js';
import { createJobs } from './jobs.js';
import { createLedger } from './ledger.js';
import { createHttpHost, createRestClient } from './rest-client.js';
import type { SqlConnection } from './sql-session.js';
import { createSqlConnection } from './sql-session.js';
import { createStatements } from './statement-execution.js';
import { createTables } from './tables.js';
import { createWarehouse } from './warehouse.js';

/**
 * One region of one workspace. Opens nothing yet: connections are made, and secrets read, when they are needed.
 * @throws AUTH_FAILED when the address is not https
 */
export function createWorkspace(connection: RegionConnection): Workspace {
  const http = createHttpHost(connection);
  const credentials = createCredentialStore(connection, http);
  const general = createRestClient(http, credentials.tokens('jobs'));
  const warehouse = createWarehouse(general, connection.warehouseHttpPath);

  const connections = new Map<Role, SqlConnection>();
  const connectionOf = (role: Role): SqlConnection => {
    const existing = connections.get(role);
    if (existing) return existing;
    const made = createSqlConnection(connection, warehouse, credentials.tokens(role));
    connections.set(role, made);
    return made;
  };

  return {
    region: connection.region,
    host: connection.host,
    jobs: createJobs(general),
    catalog: createCatalog(general),
    warehouse,
    secrets: { sourceOf: credentials.sourceOf },
    as(role) {
      const rest = createRestClient(http, credentials.tokens(role));
      return { catalog: createCatalog(rest), warehouse: createWarehouse(rest, connection.warehouseHttpPath) };
    },
    statements(role) {
      const tokens = credentials.tokens(role);
      return createStatements(createRestClient(http, tokens), warehouse, tokens.principal);
    },
    sql: (role, tags) => connectionOf(role).sql(tags),
    tables: (role, tags) => createTables(connectionOf(role).sql(tags)),
    ledger: (location, role, tags) => createLedger(connectionOf(role).sql(tags), location),
    async close() {
      await Promise.all([...connections.values()].map((each) => each.close()));
      await http.close();
    },
  };
}
