/** Short statements through `@databricks/sql`: one session per use, one connection per role. */
import { readFileSync } from 'node:fs';
import { DBSQLClient, DBSQLParameter, DBSQLParameterType } from '@databricks/sql';
import type { RegionConnection } from '../domain/connection.js';
import type { DrError } from '../domain/failure.js';
import type { Secret } from '../domain/secret.js';
import type { Row, Sql, SqlParameters, SqlSession, Tags, Warehouse } from './api.js';
import { castDriverFailure, isStaleConnection, isUnauthorized } from './driver-failures.js';
import type { TokenSource } from './rest-client.js';
import { statementHead } from './sql-failures.js';

/** Histories and ledgers answer in seconds; what takes longer is ended by the warehouse itself. */
const statementTimeoutSeconds = 120;
/** No single HTTP call waits for a statement: it is submitted and then polled. */
const socketTimeoutMs = 10_000;

type Driver = Awaited<ReturnType<DBSQLClient['connect']>>;
type DriverSession = Awaited<ReturnType<Driver['openSession']>>;

/** Shares one driver connection among all sessions of a role. */
export interface SqlConnection {
  sql(tags?: Tags): Sql;
  close(): Promise<void>;
}

export function createSqlConnection(
  connection: RegionConnection,
  warehouse: Warehouse,
  tokens: TokenSource,
): SqlConnection {
  let driver: Promise<Driver> | null = null;
  let lastToken: Secret | undefined;

  const connect = async (): Promise<Driver> => {
    const url = new URL(connection.baseUrl);
    const { caCertFile } = connection;
    // The driver's own logger writes to stdout; what matters comes back as an error.
    const client = new DBSQLClient({ logger: { log: () => undefined } });
    return client.connect({
      host: url.hostname,
      port: url.port === '' ? 443 : Number(url.port),
      path: `/sql/1.0/warehouses/${await warehouse.id()}`,
      authType: 'custom',
      // Asked before every call: a renewed token is used without a new connection.
      provider: {
        authenticate: async () => {
          lastToken = await tokens.token();
          return { Authorization: `Bearer ${lastToken.reveal()}` };
        },
      },
      userAgentEntry: 'lakehouse-dr',
      socketTimeout: socketTimeoutMs,
      // The driver would go on for 15 minutes; attempts are ours to repeat.
      retryMaxAttempts: 2,
      retriesTimeout: socketTimeoutMs,
      preserveBigNumericPrecision: true,
      telemetryEnabled: false,
      ...(caCertFile === undefined ? {} : { customCaCert: readFileSync(caCertFile, 'utf8') }),
    });
  };

  const connected = (): Promise<Driver> => {
    driver ??= connect().catch((thrown: unknown) => {
      driver = null;
      throw thrown;
    });
    return driver;
  };

  const cast = (thrown: unknown, statement: string): DrError =>
    castDriverFailure(thrown, { statement, host: connection.host, principal: tokens.principal }, lastToken);

  async function open(tags: Tags): Promise<DriverSession> {
    const request = {
      // Timestamps without a zone are then UTC, on every transport.
      configuration: { STATEMENT_TIMEOUT: String(statementTimeoutSeconds), TIMEZONE: 'UTC' },
      ...(Object.keys(tags).length === 0 ? {} : { queryTags: tags }),
    };
    try {
      return await (await connected()).openSession(request);
    } catch (thrown) {
      if (isUnauthorized(thrown)) await tokens.token(lastToken);
      // The driver never repeats OpenSession, which is safe to repeat: nothing has been asked for yet.
      else if (!isStaleConnection(thrown)) throw thrown;
      return (await connected()).openSession(request);
    }
  }

  async function run(session: DriverSession, sql: string, parameters: SqlParameters): Promise<readonly Row[]> {
    const operation = await session.executeStatement(sql, {
      namedParameters: driverParameters(parameters),
      useCloudFetch: false,
      maxRows: 10_000,
    });
    try {
      return (await operation.fetchAll()) as readonly Row[];
    } finally {
      await quietly(operation.close());
    }
  }

  return {
    sql(tags = {}) {
      const use: Sql['use'] = async (work) => {
        let session: DriverSession;
        try {
          session = await open(tags);
        } catch (thrown) {
          throw cast(thrown, 'Opening a SQL session');
        }
        const ours: SqlSession = {
          query: async (sql, parameters = {}) => {
            try {
              return await run(session, sql, parameters);
            } catch (thrown) {
              throw cast(thrown, statementHead(sql));
            }
          },
        };
        try {
          return await work(ours);
        } finally {
          await quietly(session.close());
        }
      };
      return { use, query: (sql, parameters) => use((session) => session.query(sql, parameters)) };
    },

    async close() {
      const open = driver;
      driver = null;
      if (open !== null) await quietly(open.then((client) => client.close()));
    },
  };
}

/** Closing what has done its work: the server forgets it by itself if this fails, and the result is already here. */
async function quietly(closing: Promise<unknown>): Promise<void> {
  await closing.catch(() => undefined);
}

const driverParameters = (parameters: SqlParameters): Record<string, DBSQLParameter> =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, { type, value }]) => [
      name,
      new DBSQLParameter({
        type: DBSQLParameterType[type],
        value: type === 'TIMESTAMP' && value !== null ? new Date(Number(value)) : value,
      }),
    ]),
  );
