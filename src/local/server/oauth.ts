import type { Answer } from './http/exchange.js';
import { jsonAnswer } from './http/exchange.js';
import type { Principals } from './principals.js';

export const oauthTokenPath = '/oidc/v1/token';
export const oauthDiscoveryPath = '/oidc/.well-known/oauth-authorization-server';

/** Where to get tokens, for clients that look it up. */
export const oauthDiscovery = (url: string): Answer =>
  jsonAnswer(200, {
    issuer: `${url}/oidc`,
    authorization_endpoint: `${url}/oidc/v1/authorize`,
    token_endpoint: `${url}${oauthTokenPath}`,
    grant_types_supported: ['client_credentials'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    scopes_supported: ['all-apis'],
  });

/** OAuth M2M: client credentials, by HTTP Basic or in the form, for a token of one hour. Source: RFC 6749, 4.4. */
export function oauthToken(principals: Principals, authorization: string | undefined, body: Buffer): Answer {
  const form = new URLSearchParams(body.toString());
  if (form.get('grant_type') !== 'client_credentials') {
    return jsonAnswer(400, {
      error: 'unsupported_grant_type',
      error_description: 'grant_type must be client_credentials',
    });
  }
  const basic = /^Basic\s+(.+)$/i.exec(authorization ?? '')?.[1];
  const [basicId, ...basicSecret] = Buffer.from(basic ?? '', 'base64')
    .toString()
    .split(':');
  const clientId = basic ? decodeURIComponent(basicId ?? '') : (form.get('client_id') ?? '');
  const clientSecret = basic ? decodeURIComponent(basicSecret.join(':')) : (form.get('client_secret') ?? '');
  const token = principals.exchange(clientId, clientSecret);
  if (!token) {
    return jsonAnswer(401, { error: 'invalid_client', error_description: 'Client authentication failed' });
  }
  return jsonAnswer(200, {
    access_token: token.accessToken,
    token_type: 'Bearer',
    expires_in: token.expiresInSeconds,
    scope: 'all-apis',
  });
}
