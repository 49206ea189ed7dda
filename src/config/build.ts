import type { TableSpec } from '../domain/spec.js';
import { isPlaceholder, splitAddresses, withoutTrailingSlash } from './fields.js';
import type { DrConfig, GroupConfig, MailRecipients, RegionConfig, WorkspaceConfig } from './model.js';
import type { FileConfig, FileGroup, FileWorkspace } from './schema.js';

const defaults = {
  syncIntervalMinutes: 15,
  failoverIntervalMinutes: 10,
  maxRetries: 3,
  recoveryPointsKept: 3,
  maxParallelTables: 8,
  priority: 100,
} as const;

/** A checked file as the product uses it; null when it lacks the secondary region, without which it is fit only to look at. */
export function buildConfig(file: FileConfig): DrConfig | null {
  const workspaces = file.workspaces.map(buildWorkspace);
  const complete = workspaces.filter((workspace) => workspace !== null);
  return complete.length === workspaces.length ? { secretScope: file.secret_scope, workspaces: complete } : null;
}

function buildWorkspace(file: FileWorkspace): WorkspaceConfig | null {
  const { primary, secondary } = buildRegions(file);
  if (primary === null || secondary === null) return null;
  return {
    name: file.workspace_name,
    regions: { primary, secondary },
    syncLocations: {
      primary: withoutTrailingSlash(file.sync_location_primary),
      secondary: withoutTrailingSlash(file.sync_location_secondary),
    },
    groups: file.sync_groups.map((group) => buildGroup(file, group)),
  };
}

function buildRegions(file: FileWorkspace): { primary: RegionConfig | null; secondary: RegionConfig | null } {
  const primaryKey = file.workspace_pat_key;
  const secondaryKey = file.secondary_workspace_pat_key;
  return {
    primary: buildRegion(file.workspace_instance_url, file.warehouse_http_path, {
      jobs: primaryKey,
      send: file.sender_pat_key ?? primaryKey,
      receive: file.reverse_receiver_pat_key ?? primaryKey,
    }),
    secondary:
      secondaryKey === undefined
        ? null
        : buildRegion(file.secondary_workspace_instance_url, file.secondary_warehouse_http_path, {
            jobs: secondaryKey,
            send: file.reverse_sender_pat_key ?? secondaryKey,
            receive: file.receiver_pat_key ?? secondaryKey,
          }),
  };
}

function buildRegion(
  url: string | undefined,
  warehouseHttpPath: string | undefined,
  secretKeys: RegionConfig['secretKeys'],
): RegionConfig | null {
  if (url === undefined || isPlaceholder(url)) return null;
  const { origin, host } = new URL(url);
  return { baseUrl: origin, host, warehouseHttpPath: warehouseHttpPath ?? null, secretKeys };
}

function buildGroup(workspace: FileWorkspace, group: FileGroup): GroupConfig {
  const of = <K extends keyof FileWorkspace & keyof FileGroup>(key: K) => group[key] ?? workspace[key];
  const job =
    group.workflow === undefined
      ? null
      : { primary: group.workflow, secondary: group.secondary_workflow ?? group.workflow };
  return {
    workspace: workspace.workspace_name,
    group: group.group_name,
    job,
    tables: group.tables.map(buildTable),
    syncIntervalMinutes: of('sync_interval_mins') ?? defaults.syncIntervalMinutes,
    failoverIntervalMinutes: of('sync_failover_interval_mins') ?? defaults.failoverIntervalMinutes,
    maxRetries: of('sync_max_retries') ?? defaults.maxRetries,
    // Standalone tables have no completion; a workspace's wish for it means its groups with a job.
    trigger: job === null ? 'interval' : (of('sync_trigger') ?? 'interval'),
    syncCron: group.sync_cron ?? null,
    drillCron: group.drill_cron ?? null,
    acceptPartialSuccess: group.accept_partial_success ?? false,
    recoveryPointsKept: of('recovery_points_kept') ?? defaults.recoveryPointsKept,
    rpoTargetMinutes: of('rpo_target_mins') ?? null,
    maxParallelTables: of('max_parallel_tables') ?? defaults.maxParallelTables,
    priority: group.priority ?? defaults.priority,
    verify: group.verify ?? 'files',
    acknowledgeStreaming: group.acknowledge_streaming ?? false,
    successMail: of('success_mail') ?? 'each',
    activateJob: group.activate_secondary_workflow ?? true,
    recipients: buildRecipients(
      of('sync_success_notification'),
      of('sync_failure_notification'),
      group.group_owner_email,
    ),
  };
}

const buildTable = (table: FileGroup['tables'][number]): TableSpec =>
  typeof table === 'string' ? { primary: table, secondary: table } : { primary: table.source, secondary: table.target };

function buildRecipients(
  success: string | undefined,
  failure: string | undefined,
  owner: string | undefined,
): MailRecipients {
  const together = (...lists: (string | undefined)[]): string[] => [
    ...new Set(lists.flatMap((list) => (list === undefined ? [] : splitAddresses(list)))),
  ];
  return { success: together(success, owner), failure: together(failure, owner) };
}
