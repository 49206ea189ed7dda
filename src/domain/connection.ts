import type { Region } from './region.js';
import type { Secret } from './secret.js';

/** The credential that opens a region's own secret scope, and nothing else. */
export type Bootstrap =
  | { readonly kind: 'token'; readonly token: Secret }
  /** OAuth M2M: exchanged for a short-lived token at the workspace's own `/oidc/v1/token`. */
  | { readonly kind: 'oauth'; readonly clientId: string; readonly clientSecret: Secret };

/**
 * What a caller is about to do, which decides whose token is used: look at and steer jobs, run the statements of the
 * hop that leaves this region, or run the statements of the hop that arrives in it.
 */
export type Role = 'jobs' | 'send' | 'receive';

/** Everything that is needed to talk to one region of one workspace. Made from the worker's own config; never serialised. */
export interface RegionConnection {
  readonly region: Region;
  /** `https://<host>[:port]`, without a trailing slash. */
  readonly baseUrl: string;
  /** `<host>[:port]`: the only place that this region's tokens go to. */
  readonly host: string;
  /** null when the environment names none: then only `fallbackSecret` can answer. */
  readonly bootstrap: Bootstrap | null;
  /** `/sql/1.0/warehouses/<id>`; null: the workspace's only warehouse, or the one named `dr-sync`. */
  readonly warehouseHttpPath: string | null;
  readonly secretScope: string;
  /** Key in the secret scope, per role. */
  readonly secretKeys: Readonly<Record<Role, string>>;
  /** The secret from the environment or a file, for workspaces whose Secrets API refuses; null when there is none. */
  readonly fallbackSecret: (key: string) => Secret | null;
  /** PEM file of certificate authorities that are trusted for this host; absent: the system's own. */
  readonly caCertFile?: string;
}
