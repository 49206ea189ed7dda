import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { ApiError } from './http/api-error.js';
import { errorAnswer, jsonAnswer, readBody, send } from './http/exchange.js';
import { parseJson } from './http/json.js';

/** One thing that can be asked of the running pair: gets the parsed JSON body (undefined for none), answers with JSON. */
export interface ControlRoute {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  handle(body: unknown, query: URLSearchParams): Promise<unknown> | unknown;
}

export interface ControlServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  /** Bearer key that every request must carry; whoever may read the stack's folder may control the stack. */
  readonly key: string;
  close(): Promise<void>;
}

/**
 * The pair's own control interface, apart from the regions: it suffers none of their faults, so it answers during any
 * outage. Plain HTTP on the loopback address alone.
 */
export async function startControlServer(routes: readonly ControlRoute[], port = 0): Promise<ControlServer> {
  const key = randomBytes(24).toString('base64url');
  const server = createServer((request, response) => {
    void handle(request, response, routes, key);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The control server has no port.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    key,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  routes: readonly ControlRoute[],
  key: string,
): Promise<void> {
  try {
    const body = await readBody(request);
    if (request.headers.authorization !== `Bearer ${key}`)
      throw new ApiError(401, 'UNAUTHENTICATED', 'Wrong control key.');
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const route = routes.find((one) => one.method === request.method && one.path === pathname);
    if (!route) throw new ApiError(404, 'ENDPOINT_NOT_FOUND', `No control route ${request.method} ${pathname}.`);
    const parsed = body.length > 0 ? parseJson(body.toString()) : undefined;
    send(response, jsonAnswer(200, (await route.handle(parsed, searchParams)) ?? {}));
  } catch (error) {
    if (!request.socket.destroyed) send(response, errorAnswer(error));
  }
}
