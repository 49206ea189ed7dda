import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RegionConnection } from '../../../src/domain/connection.js';
import { Secret } from '../../../src/domain/secret.js';
import { makeLocalTls } from '../../../src/local/server/tls.js';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text as it is, anything else as JSON. */
  readonly body?: unknown;
}

/** Answers a request; null: no answer at all, the connection stays open. */
export type Answerer = (asked: Asked) => Reply | null;

export interface FakeHost {
  readonly baseUrl: string;
  readonly host: string;
  readonly caCertFile: string;
  /** Every request so far, in order. */
  readonly asked: Asked[];
  answer: Answerer;
  close(): Promise<void>;
}

/** An HTTPS host that answers what a test says, and remembers what it was asked. */
export async function startFakeHost(answer: Answerer): Promise<FakeHost> {
  const tls = await makeLocalTls();
  const folder = mkdtempSync(join(tmpdir(), 'fake-host-'));
  const caCertFile = join(folder, 'ca.pem');
  writeFileSync(caCertFile, tls.caPem);
  const asked: Asked[] = [];
  const server: Server = createServer({ key: tls.keyPem, cert: tls.certPem }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'https://host');
      const one: Asked = {
        method: request.method ?? '',
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      asked.push(one);
      send(response, fake.answer(one));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const fake: FakeHost = {
    baseUrl: `https://${host}`,
    host,
    caCertFile,
    asked,
    answer,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true });
    },
  };
  return fake;
}

function send(response: ServerResponse, reply: Reply | null): void {
  if (reply === null) return;
  const text = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body ?? {});
  response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers });
  response.end(text);
}

/** A connection to a fake host whose tokens come from the environment. */
export const connectionTo = (fake: FakeHost, more: Partial<RegionConnection> = {}): RegionConnection => ({
  region: 'primary',
  baseUrl: fake.baseUrl,
  host: fake.host,
  bootstrap: null,
  warehouseHttpPath: '/sql/1.0/warehouses/wh1',
  secretScope: 'dr',
  secretKeys: { jobs: 'pat', send: 'sender', receive: 'receiver' },
  fallbackSecret: (key) => new Secret(`token-of-${key}`),
  caCertFile: fake.caCertFile,
  ...more,
});
