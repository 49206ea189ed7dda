import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../clock.js';
import type { Principal } from './backends.js';

const oauthLifetimeMs = 3_600_000;

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Who may call a region, by token. Tokens are kept as digests, so that nothing that prints this object shows one. */
export class Principals {
  readonly #byToken = new Map<string, { principal: Principal; expiresAt: number }>();
  readonly #byClientId = new Map<string, Principal>();
  readonly #clock: Clock;

  constructor(principals: readonly Principal[], clock: Clock) {
    this.#clock = clock;
    for (const principal of principals) {
      for (const token of principal.tokens) {
        this.#byToken.set(digest(token), { principal, expiresAt: Number.POSITIVE_INFINITY });
      }
      if (principal.oauth) this.#byClientId.set(principal.oauth.clientId, principal);
    }
  }

  /** @param header the `Authorization` header. */
  authenticate(header: string | undefined): Principal | undefined {
    const token = /^Bearer\s+(.+)$/i.exec(header ?? '')?.[1];
    const entry = token === undefined ? undefined : this.#byToken.get(digest(token));
    return entry && this.#clock.now() < entry.expiresAt ? entry.principal : undefined;
  }

  /** OAuth M2M: a token of one hour for a service principal's id and secret; undefined if they are wrong. */
  exchange(clientId: string, clientSecret: string): { accessToken: string; expiresInSeconds: number } | undefined {
    const principal = this.#byClientId.get(clientId);
    const expected = Buffer.from(digest(principal?.oauth?.clientSecret ?? ''));
    if (!principal || !timingSafeEqual(expected, Buffer.from(digest(clientSecret)))) return undefined;
    const accessToken = `local-${randomBytes(24).toString('base64url')}`;
    this.#byToken.set(digest(accessToken), { principal, expiresAt: this.#clock.now() + oauthLifetimeMs });
    return { accessToken, expiresInSeconds: oauthLifetimeMs / 1000 };
  }
}
