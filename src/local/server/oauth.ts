import type { Answer } from './http/exchange.js';
import { jsonAnswer } from './http/exchange.js';
import type { Principals } from './principals.js';

export const oauthTokenPath = '/oidc/v1/token';

/** What anybody may read without a token: where tokens are to be had. By path, made for the region's URL. */
export const publicDocuments: Readonly<Record<string, (url: string) => unknown>> = {
  '/oidc/.well-known/oauth-authorization-server': (url) => ({
    issuer: `${url}/oidc`,
    authorization_endpoint: `${url}/oidc/v1/authorize`,
    token_endpoint: `${url}${oauthTokenPath}`,
    grant_types_supported: ['client_credentials'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    scopes_supported: ['all-apis'],
  }),
  // Newer SDKs ask a host for this first; without it they find no OAuth endpoint on a host that is no Databricks domain.
  '/.well-known/databricks-config': (url) => ({
    oidc_endpoint: `${url}/oidc`,
    workspace_id: new URL(url).port,
    cloud: 'Azure',
  }),
};

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
