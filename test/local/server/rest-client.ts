import { Agent, request } from 'undici';
import type { TinyRegion } from './tiny-region.js';
import { adminToken } from './tiny-region.js';

/** Plain HTTPS calls that trust the region's own authority. */
export function restClient({ server, tls }: TinyRegion) {
  const dispatcher = new Agent({ connect: { ca: tls.caPem } });
  const send = async (method: 'GET' | 'POST', path: string, headers: Record<string, string>, body: string | null) => {
    const answer = await request(`${server.url}${path}`, { method, dispatcher, headers, body });
    const text = await answer.body.text();
    // biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of every shape.
    return { status: answer.statusCode, headers: answer.headers, text, body: JSON.parse(text) as any };
  };
  return {
    call(method: 'GET' | 'POST', path: string, options: { body?: unknown; token?: string } = {}) {
      const headers = { authorization: `Bearer ${options.token ?? adminToken}` };
      return send(method, path, headers, options.body === undefined ? null : JSON.stringify(options.body));
    },
    /** A form under HTTP Basic, as OAuth wants it. */
    form(path: string, fields: URLSearchParams, credentials: string) {
      const headers = {
        authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      };
      return send('POST', path, headers, fields.toString());
    },
    close: () => dispatcher.destroy(),
  };
}
