import type { Role } from '../domain/connection.js';
import type { Region } from '../domain/region.js';
import type { GroupRef, TableSpec } from '../domain/spec.js';

/** The configuration as the product uses it: complete, checked, defaults filled in. */
export interface DrConfig {
  readonly secretScope: string;
  readonly workspaces: readonly WorkspaceConfig[];
}

export interface WorkspaceConfig {
  readonly name: string;
  readonly regions: Readonly<Record<Region, RegionConfig>>;
  /** Storage URI per region, without a trailing slash. */
  readonly syncLocations: Readonly<Record<Region, string>>;
  readonly groups: readonly GroupConfig[];
}

export interface RegionConfig {
  /** `https://<host>[:port]`, without a trailing slash. */
  readonly baseUrl: string;
  /** `<host>[:port]`. */
  readonly host: string;
  /** null: looked up by REST. */
  readonly warehouseHttpPath: string | null;
  /** Keys in the secret scope of this region's workspace, never the secrets. */
  readonly secretKeys: Readonly<Record<Role, string>>;
}

export interface GroupConfig extends GroupRef {
  /** Job name per region; null for standalone tables. */
  readonly job: Readonly<Record<Region, string>> | null;
  readonly tables: readonly TableSpec[];
  readonly syncIntervalMinutes: number;
  readonly failoverIntervalMinutes: number;
  readonly maxRetries: number;
  readonly trigger: 'interval' | 'completion';
  /** Five fields, UTC; only on a group of standalone tables, in place of the interval. */
  readonly syncCron: string | null;
  /** Five fields, UTC. */
  readonly drillCron: string | null;
  readonly acceptPartialSuccess: boolean;
  readonly recoveryPointsKept: number;
  readonly rpoTargetMinutes: number | null;
  readonly maxParallelTables: number;
  /** 1 first in a failover of many groups. */
  readonly priority: number;
  readonly verify: 'files' | 'rows';
  readonly acknowledgeStreaming: boolean;
  readonly successMail: 'each' | 'off';
  readonly activateJob: boolean;
  readonly recipients: MailRecipients;
}

/** Mail addresses, each once. */
export interface MailRecipients {
  /** Configured addresses and the group's owner. */
  readonly success: readonly string[];
  /** Configured addresses and the group's owner. */
  readonly failure: readonly string[];
}
