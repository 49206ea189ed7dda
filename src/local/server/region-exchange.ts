import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Region } from '../../domain/region.js';
import type { Clock } from '../clock.js';
import type { CatalogBackend, JobsBackend, Principal } from './backends.js';
import type { FaultBoard, Part } from './faults.js';
import { ApiError } from './http/api-error.js';
import type { Answer } from './http/exchange.js';
import { binaryAnswer, errorAnswer, jsonAnswer, readBody, send } from './http/exchange.js';
import { parseJson } from './http/json.js';
import { Router } from './http/router.js';
import { oauthToken, oauthTokenPath, publicDocuments } from './oauth.js';
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
import type { StatementManager } from './statements.js';
import { ThriftService } from './thrift/service.js';
import { callThrift, thriftMethod } from './thrift/transport.js';
import type { Warehouses } from './warehouses.js';

export interface RegionExchangeOptions {
  readonly region: Region;
  readonly catalog: CatalogBackend;
  readonly jobs: JobsBackend;
  readonly principals: readonly Principal[];
  readonly secrets: Secrets;
  readonly warehouses: Warehouses;
  readonly statements: StatementManager;
  readonly faults: FaultBoard;
  readonly log: RequestLog;
  readonly clock: Clock;
  /** How long a statement needs to appear in the query history; default 1000. */
  readonly historyLagMs?: number;
}

export type ServedPart = Exclude<Part, 'storage'>;

/** What a request turned out to be: which part serves it, what faults may name it by, and how it is answered. */
interface Recognised {
  readonly part: ServedPart;
  readonly what: string;
  answer(): Promise<Answer> | Answer;
}

type Noted = { -readonly [Key in keyof LoggedRequest]?: LoggedRequest[Key] } & {
  path: string;
  principal: string | null;
};

/** Takes a region's requests through log, faults, authentication and route. */
export class RegionExchange {
  readonly #options: RegionExchangeOptions;
  readonly #principals: Principals;
  readonly #router: Router;
  readonly #thrift: ThriftService;
  readonly #url: () => string;
  /** Requests under way: an outage cuts them. */
  readonly #open = new Set<{ readonly part: ServedPart; readonly request: IncomingMessage }>();

  constructor(options: RegionExchangeOptions, url: () => string) {
    const { region, catalog, jobs, secrets, warehouses, statements, clock } = options;
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
    const noted: Noted = { path: request.url ?? '/', principal: null };
    let status = 0;
    try {
      const answer = await this.#answerTo(request, noted);
      if (answer && !request.socket.destroyed) {
        send(response, answer);
        status = answer.status;
      }
    } catch (error) {
      // A client that went away while it was still sending can't be told anything.
      if (!request.socket.destroyed) {
        const answer = errorAnswer(error);
        send(response, answer);
        status = answer.status;
      }
    } finally {
      const { region, log, clock } = this.#options;
      const time = new Date(clock.now()).toISOString();
      log.add({ time, region, method: request.method ?? '', ...noted, status });
    }
  }

  /** undefined where there is no answer: the connection was cut. */
  async #answerTo(request: IncomingMessage, noted: Noted): Promise<Answer | undefined> {
    const body = await readBody(request);
    const recognised = await this.#recognise(request, body, noted);
    const open = { part: recognised.part, request };
    this.#open.add(open);
    try {
      return await this.#underFaults(recognised, request);
    } finally {
      this.#open.delete(open);
    }
  }

  async #underFaults(recognised: Recognised, request: IncomingMessage): Promise<Answer | undefined> {
    const { region, faults } = this.#options;
    const { part, what } = recognised;
    // On the warehouse latency prolongs the statements themselves, see runUnderFaults.
    const delays = part === 'warehouse' ? [] : (['latency'] as const);
    const fault = faults.hit(region, part, what, ['outage', 'hang', 'http', 'drop-response', ...delays]);
    switch (fault.kind) {
      case 'outage':
        request.socket.destroy();
        return undefined;
      case 'hang':
        await faults.nextChange(region, part);
        request.socket.destroy();
        return undefined;
      case 'http':
        return faultAnswer(fault.status);
      case 'latency':
        await delay(fault.ms);
        return answerOrError(recognised);
      case 'drop-response':
        await answerOrError(recognised);
        request.socket.destroy();
        return undefined;
      default:
        return answerOrError(recognised);
    }
  }

  async #recognise(request: IncomingMessage, body: Buffer, noted: Noted): Promise<Recognised> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.#url());
    const method = request.method ?? 'GET';
    if (pathname.startsWith(warehouseHttpPath(''))) return this.#recogniseThrift(request, pathname, body, noted);
    const document = method === 'GET' ? publicDocuments[pathname] : undefined;
    if (document) return { part: 'control', what: pathname, answer: () => jsonAnswer(200, document(this.#url())) };
    if (pathname === oauthTokenPath && method === 'POST') {
      const answer = () => oauthToken(this.#principals, request.headers.authorization, body);
      return { part: 'control', what: pathname, answer };
    }
    const match = this.#router.match(method, pathname);
    return {
      part: match?.route.part ?? 'control',
      what: `${method} ${pathname} ${body.toString()}`,
      answer: async () => {
        if (!match) throw new ApiError(404, 'ENDPOINT_NOT_FOUND', `No API found for '${method} ${pathname}'`);
        const answer = await match.route.handle({
          principal: this.#caller(request, noted),
          path: match.path,
          query: searchParams,
          body: body.length > 0 ? parsedBody(body) : undefined,
          note: (entry) => Object.assign(noted, entry),
        });
        return jsonAnswer(200, answer);
      },
    };
  }

  async #recogniseThrift(request: IncomingMessage, pathname: string, body: Buffer, noted: Noted): Promise<Recognised> {
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

  #caller(request: IncomingMessage, noted: Noted): Principal {
    const principal = this.#principals.authenticate(request.headers.authorization);
    if (!principal) {
      throw new ApiError(401, 'UNAUTHENTICATED', 'Credential was not sent or was of an unsupported type for this API.');
    }
    noted.principal = principal.name;
    return principal;
  }
}

async function answerOrError(recognised: Recognised): Promise<Answer> {
  try {
    return await recognised.answer();
  } catch (error) {
    return errorAnswer(error);
  }
}

function parsedBody(body: Buffer): unknown {
  try {
    return parseJson(body.toString());
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ApiError(400, 'MALFORMED_REQUEST', `The request body is not JSON: ${why}`);
  }
}

/** Overload, as the API tells it. Clients must cope with and without Retry-After; 429 and 503 carry it here. */
function faultAnswer(status: number): Answer {
  const limited = status === 429;
  const errorCode = limited ? 'REQUEST_LIMIT_EXCEEDED' : 'TEMPORARILY_UNAVAILABLE';
  const message = limited ? 'Rate limit exceeded. Please retry later.' : 'The service is temporarily unavailable.';
  const headers: Record<string, string> = limited || status === 503 ? { 'retry-after': '1' } : {};
  return jsonAnswer(status, { error_code: errorCode, message }, headers);
}
