import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Region } from '../../domain/region.js';
import type { SqlEngine } from '../sql/statement.js';
import type { FaultBoard } from './faults.js';
import type { RegionExchangeOptions } from './region-exchange.js';
import { RegionExchange } from './region-exchange.js';
import { StatementManager } from './statements.js';
import type { LocalTls } from './tls.js';

export interface RegionServerOptions extends Omit<RegionExchangeOptions, 'statements'> {
  readonly engine: SqlEngine;
  readonly tls: LocalTls;
  /** Default: a free port. */
  readonly port?: number;
  /** Shared with the job engine, so that its SQL tasks stand in the same query history; default one of its own. */
  readonly statements?: StatementManager;
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
  const exchange = new RegionExchange({ ...options, statements }, () => url);
  const server = createServer({ key: tls.keyPem, cert: tls.certPem }, (request, response) => {
    void exchange.handle(request, response);
  });
  server.keepAliveTimeout = 60_000;

  // A region that is dark accepts nothing at all, not even the TLS handshake.
  server.on('connection', (socket: Socket) => {
    if (!isDark(faults, region)) return;
    // A refused connection is a hit: a fault that heals after some of them would last for ever otherwise.
    for (const part of darkParts) faults.hit(region, part, 'connection', ['outage']);
    socket.destroy();
  });
  const stopListening = faults.onChange((changed, part, fault) => {
    if (changed !== region || part === 'storage') return;
    if (fault.kind === 'outage' && fault.only === undefined) exchange.cut(part);
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

/** What a region's server serves: with all of it out, it does not even answer. */
const darkParts = ['control', 'warehouse'] as const;

const isDark = (faults: FaultBoard, region: Region): boolean =>
  darkParts.every((part) => {
    const fault = faults.get(region, part);
    return fault.kind === 'outage' && fault.only === undefined;
  });
