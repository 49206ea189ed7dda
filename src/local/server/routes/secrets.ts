import { z } from 'zod';
import type { Clock } from '../../clock.js';
import type { Principal, SecretRight } from '../backends.js';
import { permissionDenied } from '../http/api-error.js';
import type { Route } from '../http/router.js';
import type { Secrets } from '../secrets.js';
import { parseBody, parseQuery } from './parse.js';

const part = 'control';
const base = '/api/2.0/secrets';

const secretQuery = z.object({ scope: z.string().min(1), key: z.string().min(1) });
const scopeQuery = z.object({ scope: z.string().min(1) });
const putBody = z
  .object({
    scope: z.string().min(1),
    key: z.string().min(1).max(128),
    string_value: z.string().optional(),
    bytes_value: z.base64().optional(),
  })
  .refine((body) => (body.string_value === undefined) !== (body.bytes_value === undefined), {
    message: 'give either string_value or bytes_value',
  });

/** The Secrets API: values go out in base64, and only to who may READ the scope. */
export function secretRoutes(secrets: Secrets, clock: Clock): readonly Route[] {
  const demand = (principal: Principal, right: SecretRight, scope: string): void => {
    // Asked first, so that a scope that does not exist is told as such.
    const held = secrets.holds(principal.name, right, scope);
    if (!held && !principal.admin) throw permissionDenied(principal.name, right, `secret scope ${scope}`);
  };
  return [
    {
      method: 'GET',
      path: `${base}/get`,
      part,
      handle({ principal, query }) {
        const { scope, key } = parseQuery(secretQuery, query);
        demand(principal, 'READ', scope);
        return { key, value: secrets.get(scope, key).toString('base64') };
      },
    },
    {
      method: 'GET',
      path: `${base}/list`,
      part,
      handle({ principal, query }) {
        const { scope } = parseQuery(scopeQuery, query);
        demand(principal, 'READ', scope);
        return {
          secrets: secrets.list(scope).map(({ key, updatedAt }) => ({ key, last_updated_timestamp: updatedAt })),
        };
      },
    },
    {
      method: 'POST',
      path: `${base}/put`,
      part,
      handle({ principal, body }) {
        const { scope, key, string_value, bytes_value } = parseBody(putBody, body);
        demand(principal, 'WRITE', scope);
        const value = bytes_value === undefined ? Buffer.from(string_value ?? '') : Buffer.from(bytes_value, 'base64');
        secrets.put(scope, key, value, clock.now());
        return {};
      },
    },
    {
      method: 'POST',
      path: `${base}/delete`,
      part,
      handle({ principal, body }) {
        const { scope, key } = parseBody(secretQuery, body);
        demand(principal, 'WRITE', scope);
        secrets.delete(scope, key);
        return {};
      },
    },
    {
      method: 'GET',
      path: `${base}/scopes/list`,
      part,
      handle: ({ principal }) => ({
        scopes: secrets
          .scopeNames()
          .filter((name) => principal.admin || secrets.holds(principal.name, 'READ', name))
          .map((name) => ({ name, backend_type: 'DATABRICKS' })),
      }),
    },
    {
      method: 'POST',
      path: `${base}/scopes/create`,
      part,
      handle({ principal, body }) {
        secrets.createScope(parseBody(scopeQuery, body).scope, principal.name);
        return {};
      },
    },
  ];
}
