import { Agent, request } from 'undici';
import type { TinyRegion } from './tiny-region.js';
import { adminToken } from './tiny-region.js';

/** Plain HTTPS calls that trust the region's own authority. */
export function restClient({ server, tls }: TinyRegion) {
  const dispatcher = new Agent({ connect: { ca: tls.caPem } });
  return {
    async call(method: 'GET' | 'POST', path: string, options: { body?: unknown; token?: string } = {}) {
      const answer = await request(`${server.url}${path}`, {
        method,
        dispatcher,
        headers: { authorization: `Bearer ${options.token ?? adminToken}` },
        body: options.body === undefined ? null : JSON.stringify(options.body),
      });
      const text = await answer.body.text();
      // biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of every shape.
      return { status: answer.statusCode, headers: answer.headers, text, body: JSON.parse(text) as any };
    },
    close: () => dispatcher.close(),
  };
}
