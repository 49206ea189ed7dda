/** Short statements through `@databricks/sql`: a session of one's own per use, one connection per role. */
import './old-buffers.js';

import { Agent } from 'node:https';
import { DBSQLClient, DBSQLParameter, DBSQLParameterType } from '@databricks/sql';
import type { RegionConnection } from '../domain/connection.js';
import { DrError } from '../domain/failure.js';
import type { Secret } from '../domain/secret.js';
import type { Row, Sql, SqlParameters, SqlSession, Tags, Warehouse } from './api.js';
import { castDriverFailure, isStaleConnection, isUnauthorized } from './driver-failures.js';
import { createIdleSessions } from './idle-sessions.js';
import type { TokenSource } from './rest-client.js';
import { statementHead } from './sql-failures.js';
import { trustWith } from './trust.js';

/** Histories and ledgers answer in seconds; what takes longer is ended by the warehouse itself. */
const statementTimeoutSeconds = 120;
/** A warehouse that neither answers nor ends the statement is given up after a little more than that. */
const giveUpAfterMs = (statementTimeoutSeconds + 15) * 1000;
/** No single HTTP call waits for a statement: it is submitted and then polled. */
const socketTimeoutMs = 10_000;

type Driver = Awaited<ReturnType<DBSQLClient['connect']>>;
type DriverSession = Awaited<ReturnType<Driver['openSession']>>;
type DriverOperation = Awaited<ReturnType<DriverSession['executeStatement']>>;

interface Statement {
  readonly sql: string;
  readonly parameters: SqlParameters;
  readonly tags: Tags;
}

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

  const closing = new Set<Promise<void>>();

  /** Nobody waits for the end of a session or operation: its results are here, and a warehouse that hangs would hold them back. */
  const letGo = (ended: Pick<DriverSession | DriverOperation, 'close'>): void => {
    const ending = quietly(ended.close()).finally(() => closing.delete(ending));
    closing.add(ending);
  };
  const idle = createIdleSessions<DriverSession>(letGo);

  const connect = async (): Promise<Driver> => {
    const url = new URL(connection.baseUrl);
    // The driver's own logger writes to stdout; what matters comes back as an error.
    const client = new DBSQLClient({ logger: { log: () => undefined } });
    await client.connect({
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
    });
    await keepToHost(client, url, connection.caCertFile);
    return client;
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

  async function open(): Promise<DriverSession> {
    // Timestamps without a zone are then UTC, on every transport.
    const request = { configuration: { STATEMENT_TIMEOUT: String(statementTimeoutSeconds), TIMEZONE: 'UTC' } };
    try {
      return await (await connected()).openSession(request);
    } catch (thrown) {
      if (isUnauthorized(thrown)) await tokens.token(lastToken);
      // The driver never repeats OpenSession, which is safe to repeat: nothing has been asked for yet.
      else if (!isStaleConnection(thrown)) throw thrown;
      return (await connected()).openSession(request);
    }
  }

  async function run(session: DriverSession, { sql, parameters, tags }: Statement): Promise<readonly Row[]> {
    const operation = await session.executeStatement(sql, {
      namedParameters: driverParameters(parameters),
      useCloudFetch: false,
      maxRows: 10_000,
      // On the statement, not on its session: all groups of a region then share the sessions.
      ...(Object.keys(tags).length === 0 ? {} : { queryTags: tags }),
    });
    try {
      return (await inTime(operation.fetchAll())) as readonly Row[];
    } finally {
      // A request only where the answer did not bring the whole result; a session that is shared would collect them.
      letGo(operation);
    }
  }

  /** A token that was renewed while a session stands open: the host has refused the old one, and done nothing. */
  async function runWithFreshToken(session: DriverSession, statement: Statement): Promise<readonly Row[]> {
    try {
      return await run(session, statement);
    } catch (thrown) {
      if (!isUnauthorized(thrown)) throw thrown;
      await tokens.token(lastToken);
      return run(session, statement);
    }
  }

  return {
    sql(tags = {}) {
      const use: Sql['use'] = async (work) => {
        let session: DriverSession;
        try {
          session = idle.take() ?? (await open());
        } catch (thrown) {
          throw cast(thrown, 'Opening a SQL session');
        }
        const ours: SqlSession = {
          query: async (sql, parameters = {}) => {
            try {
              return await runWithFreshToken(session, { sql, parameters, tags });
            } catch (thrown) {
              throw cast(thrown, statementHead(sql));
            }
          },
        };
        try {
          const result = await work(ours);
          idle.give(session);
          return result;
        } catch (thrown) {
          if (leavesSessionWhole(thrown)) idle.give(session);
          else letGo(session);
          throw thrown;
        }
      };
      return { use, query: (sql, parameters) => use((session) => session.query(sql, parameters)) };
    },

    async close() {
      const open = driver;
      driver = null;
      idle.drain();
      await Promise.all(closing);
      if (open !== null) await quietly(open.then((client) => client.close()));
    },
  };
}

/**
 * The driver follows redirects, and takes the token along to any port of the same host and to parent domains: its
 * connections are refused wherever they do not lead to the host of the config.
 *
 * The driver's own option `customCaCert` makes every connection parse some 150 authorities, and every request compare
 * their text to find a connection that is open: a third of a worker's CPU. Its agent takes a context made once as well.
 */
async function keepToHost(client: DBSQLClient, { hostname, port }: URL, caCertFile: string | undefined): Promise<void> {
  const agent = await (await client.getConnectionProvider()).getAgent();
  if (!(agent instanceof Agent))
    throw new Error('The SQL driver has no HTTPS agent whose connections could be watched.');
  if (caCertFile !== undefined) agent.options.secureContext = trustWith(caCertFile);
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    if (options.host === hostname && Number(options.port) === Number(port || 443)) return connect(options, callback);
    throw new Error(`${hostname} points to another host (${options.host}:${options.port}), which is not asked.`);
  };
}

/**
 * Whatever went wrong may be the session's fault, so that the next statement gets another one: unless the warehouse has
 * looked for the table and found none.
 */
const leavesSessionWhole = (thrown: unknown): boolean => thrown instanceof DrError && thrown.code === 'TABLE_NOT_FOUND';

/** @throws Error of the same words as the driver's own time limit */
async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('Request timed out')), giveUpAfterMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A session that can't be closed is forgotten by the server after a while; there is nothing for a person to do. */
async function quietly(ending: Promise<unknown>): Promise<void> {
  await ending.catch(() => undefined);
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
