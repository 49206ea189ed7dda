import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Region } from '../../domain/region.js';
import type { Clock } from '../clock.js';
import type { SqlEngine } from '../sql/statement.js';
import type { CatalogBackend, JobsBackend, Principal } from './backends.js';
import type { FaultBoard, Part } from './faults.js';
import { ApiError } from './http/api-error.js';
import type { Answer } from './http/exchange.js';
import { binaryAnswer, errorAnswer, jsonAnswer, readBody, send } from './http/exchange.js';
import { parseJson } from './http/json.js';
import type { Route } from './http/router.js';
import { Router } from './http/router.js';
import { oauthDiscovery, oauthDiscoveryPath, oauthToken, oauthTokenPath } from './oauth.js';
import { Principals } from './principals.js';
import type { LoggedRequest, RequestLog } from './request-log.js';
import { identityRoutes } from './routes/identity.js';
import { jobsRoutes } from './routes/jobs.js';
import { queryHistoryRoutes } from './routes/query-history.js';
import { secretRoutes } from './routes/secrets.js';
import { statementRoutes, usableWarehouse } from './routes/statements.js';
import { unityCatalogRoutes } from './routes/unity-catalog.js';
import { warehouseHttpPath, warehouseOfPath, warehouseRoutes } from './routes/warehouses.js';
import type { Secrets } from './secrets.js';
import { StatementManager } from './statements.js';
import { ThriftService } from './thrift/service.js';
import { callThrift, thriftMethod } from './thrift/transport.js';
import type { LocalTls } from './tls.js';
import type { Warehouses } from './warehouses.js';

export interface RegionServerOptions {
  readonly region: Region;
  readonly engine: SqlEngine;
  readonly catalog: CatalogBackend;
  readonly jobs: JobsBackend;
  readonly principals: readonly Principal[];
  readonly secrets: Secrets;
  readonly warehouses: Warehouses;
  readonly faults: FaultBoard;
  readonly log: RequestLog;
  readonly clock: Clock;
  readonly tls: LocalTls;
  /** Default: a free port. */
  readonly port?: number;
  /** Shared with the job engine, so that its SQL tasks stand in the same query history; default one of its own. */
  readonly statements?: StatementManager;
  /** How long a statement needs to appear in the query history; default 1000. */
  readonly historyLagMs?: number;
}

export interface RegionServer {
  /** `https://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  readonly statements: StatementManager;
  close(): Promise<void>;
}

/** Starts one region's HTTPS server on the loopback address. */
export async function startRegionServer(options: RegionServerOptions): Promise<RegionServer> {
  const { region, faults, tls } = options;
  const statements = options.statements ?? new StatementManager(options);
  let url = '';
  const exchange = new RegionExchange(options, statements, () => url);
  const server = createServer({ key: tls.keyPem, cert: tls.certPem }, (request, response) => {
    void exchange.handle(request, response);
  });
  server.keepAliveTimeout = 60_000;

  // A region that is dark accepts nothing at all, not even the TLS handshake.
  server.on('connection', (socket: Socket) => {
    if (isDark(faults, region)) socket.destroy();
  });
  const stopListening = faults.onChange((changed, part, fault) => {
    if (changed !== region || part === 'storage') return;
    if (fault.kind === 'outage' || fault.kind === 'none') exchange.cut(part);
    if (isDark(faults, region)) server.closeAllConnections();
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The region server has no port.');
  url = `https://127.0.0.1:${address.port}`;

  return {
    url,
    port: address.port,
    statements,
    async close() {
      stopListening();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await statements.stop();
      await closed;
    },
  };
}

const isDark = (faults: FaultBoard, region: Region): boolean =>
  (['control', 'warehouse'] as const).every((part) => {
    const fault = faults.get(region, part);
    return fault.kind === 'outage' && fault.only === undefined;
  });

type ServedPart = Exclude<Part, 'storage'>;

/** What a request turned out to be: which part serves it, what faults may name it by, and how it is answered. */
interface Job {
  readonly part: ServedPart;
  readonly what: string;
  answer(): Promise<Answer> | Answer;
}

/** Takes requests through log, faults, authentication and route. */
class RegionExchange {
  readonly #options: RegionServerOptions;
  readonly #principals: Principals;
  readonly #router: Router;
  readonly #thrift: ThriftService;
  readonly #url: () => string;
  /** Requests under way: an outage cuts them, the end of a hang too. */
  readonly #open = new Set<{ readonly part: ServedPart; readonly request: IncomingMessage }>();

  constructor(options: RegionServerOptions, statements: StatementManager, url: () => string) {
    const { region, catalog, jobs, secrets, warehouses, clock } = options;
    this.#options = options;
    this.#url = url;
    this.#principals = new Principals(options.principals, clock);
    this.#thrift = new ThriftService({ statements, catalog, clock });
    this.#router = new Router([
      ...identityRoutes,
      ...jobsRoutes(jobs),
      ...secretRoutes(secrets, clock),
      ...unityCatalogRoutes(catalog, region),
      ...warehouseRoutes(warehouses, () => new URL(url()).host),
      ...statementRoutes({ statements, warehouses, clock }),
      ...queryHistoryRoutes({ statements, clock, lagMs: options.historyLagMs ?? 1000 }),
    ]);
  }

  /** Cuts the requests of a part that are under way. */
  cut(part: ServedPart): void {
    for (const open of this.#open) if (open.part === part) open.request.socket.destroy();
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const noted: { path: string; principal: string | null } & Partial<LoggedRequest> = {
      path: request.url ?? '/',
      principal: null,
    };
    let status = 0;
    try {
      const body = await readBody(request);
      const job = await this.#recognise(request, body, noted);
      const open = { part: job.part, request };
      this.#open.add(open);
      try {
        const answer = await this.#underFaults(job, request);
        if (answer && !request.socket.destroyed) {
          send(response, answer);
          status = answer.status;
        }
      } finally {
        this.#open.delete(open);
      }
    } catch (error) {
      // The client went away while it was still sending; there is nobody to tell.
      if (request.socket.destroyed) return;
      const answer = errorAnswer(error);
      send(response, answer);
      status = answer.status;
    } finally {
      const { region, log, clock } = this.#options;
      const time = new Date(clock.now()).toISOString();
      log.add({ time, region, method: request.method ?? '', ...noted, status });
    }
  }

  async #underFaults(job: Job, request: IncomingMessage): Promise<Answer | undefined> {
    const { region, faults } = this.#options;
    // On the warehouse latency prolongs the statements themselves, see runUnderFaults.
    const delays = job.part === 'warehouse' ? [] : (['latency'] as const);
    const fault = faults.hit(region, job.part, job.what, ['outage', 'hang', 'http', 'drop-response', ...delays]);
    switch (fault.kind) {
      case 'outage':
        request.socket.destroy();
        return undefined;
      case 'hang':
        await faults.nextChange(region, job.part);
        request.socket.destroy();
        return undefined;
      case 'http':
        return faultAnswer(fault.status);
      case 'latency':
        await new Promise((resolve) => setTimeout(resolve, fault.ms));
        return this.#answer(job);
      case 'drop-response':
        await this.#answer(job);
        request.socket.destroy();
        return undefined;
      default:
        return this.#answer(job);
    }
  }

  async #answer(job: Job): Promise<Answer> {
    try {
      return await job.answer();
    } catch (error) {
      return errorAnswer(error);
    }
  }

  async #recognise(request: IncomingMessage, body: Buffer, noted: NotedRequest): Promise<Job> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.#url());
    const method = request.method ?? 'GET';
    if (pathname === oauthDiscoveryPath)
      return { part: 'control', what: pathname, answer: () => oauthDiscovery(this.#url()) };
    if (pathname === oauthTokenPath && method === 'POST') {
      return {
        part: 'control',
        what: pathname,
        answer: () => oauthToken(this.#principals, request.headers.authorization, body),
      };
    }
    if (pathname.startsWith(warehouseHttpPath(''))) return this.#thriftJob(request, pathname, body, noted);
    const match = this.#router.match(method, pathname);
    if (!match) {
      return {
        part: 'control',
        what: pathname,
        answer: () => {
          throw new ApiError(404, 'ENDPOINT_NOT_FOUND', `No API found for '${method} ${pathname}'`);
        },
      };
    }
    const { route, path } = match;
    return {
      part: route.part,
      what: `${method} ${pathname} ${body.toString()}`,
      answer: async () => {
        const principal = this.#caller(request, noted);
        return jsonAnswer(200, await callRoute(route, { principal, path, query: searchParams, body, noted }));
      },
    };
  }

  async #thriftJob(request: IncomingMessage, pathname: string, body: Buffer, noted: NotedRequest): Promise<Job> {
    const method = await thriftMethod(body).catch(() => 'unreadable');
    noted.path = `${noted.path}#${method}`;
    return {
      part: 'warehouse',
      what: `${noted.path} ${body.toString('latin1')}`,
      answer: async () => {
        const principal = this.#caller(request, noted);
        const { warehouses } = this.#options;
        const warehouse = usableWarehouse(warehouses, warehouseOfPath(warehouses, pathname).spec.id, principal);
        const note = (entry: Partial<LoggedRequest>) => Object.assign(noted, entry);
        return binaryAnswer(await callThrift(body, this.#thrift.handlerFor({ principal, warehouse, note })));
      },
    };
  }

  #caller(request: IncomingMessage, noted: NotedRequest): Principal {
    const principal = this.#principals.authenticate(request.headers.authorization);
    if (!principal) {
      throw new ApiError(401, 'UNAUTHENTICATED', 'Credential was not sent or was of an unsupported type for this API.');
    }
    noted.principal = principal.name;
    return principal;
  }
}

type NotedRequest = { path: string; principal: string | null } & Partial<LoggedRequest>;

async function callRoute(
  route: Route,
  call: {
    principal: Principal;
    path: Readonly<Record<string, string>>;
    query: URLSearchParams;
    body: Buffer;
    noted: NotedRequest;
  },
): Promise<unknown> {
  const { principal, path, query, noted } = call;
  return route.handle({
    principal,
    path,
    query,
    body: call.body.length > 0 ? parsedBody(call.body) : undefined,
    note: (entry) => Object.assign(noted, entry),
  });
}

function parsedBody(body: Buffer): unknown {
  try {
    return parseJson(body.toString());
  } catch {
    throw new ApiError(400, 'MALFORMED_REQUEST', 'The request body is not JSON.');
  }
}

/** Overload, as the API tells it. Clients must cope with and without Retry-After; 429 and 503 carry it here. */
function faultAnswer(status: number): Answer {
  const code = status === 429 ? 'REQUEST_LIMIT_EXCEEDED' : 'TEMPORARILY_UNAVAILABLE';
  const message =
    status === 429 ? 'Rate limit exceeded. Please retry later.' : 'The service is temporarily unavailable.';
  return jsonAnswer(
    status,
    { error_code: code, message },
    status === 429 || status === 503 ? { 'retry-after': '1' } : {},
  );
}
