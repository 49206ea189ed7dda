import { z } from 'zod';
import {
  attempts,
  choice,
  cron,
  groupName,
  intervalMinutes,
  jobName,
  mailAddresses,
  parallelTables,
  pointsKept,
  priority,
  rpoMinutes,
  secretName,
  syncLocation,
  tableName,
  warehousePath,
  workspaceName,
  workspaceUrl,
  yesOrNo,
} from './fields.js';

/** The configuration file, key by key, as people write it. The reference page is made from the registry below. */

export interface KeyDoc {
  /** Kind of value, for people. */
  readonly type: string;
  readonly meaning: string;
  /** Absent: the key is required. */
  readonly defaultValue?: string;
}

/** What each key means: feeds `docs/configuration.md`. */
export const keyDocs = z.registry<KeyDoc>();

const described = <T extends z.ZodType>(schema: T, doc: KeyDoc): T => {
  keyDocs.add(schema, doc);
  return schema;
};

// One kind of value serves several keys, so each key describes an instance of its own.
const required = <T extends z.ZodType>(schema: T, type: string, meaning: string): T =>
  described(schema.clone(), { type, meaning });

const optional = <T extends z.ZodType>(schema: T, type: string, defaultValue: string, meaning: string) =>
  described(schema.optional(), { type, meaning, defaultValue });

const table = z.strictObject({
  source: required(tableName, 'table name', 'Full name in the primary region.'),
  target: required(tableName, 'table name', 'Full name in the secondary region.'),
});

/** Keys that stand on a workspace, and on a group for that group alone. */
const onBothLevels = {
  sync_interval_mins: optional(
    intervalMinutes,
    'minutes',
    '15',
    'How often to look for a finished run that is not yet in the other region. May be a fraction.',
  ),
  sync_failover_interval_mins: optional(
    intervalMinutes,
    'minutes',
    '10',
    'After a failover: how often fencing the former region is tried again until it holds. May be a fraction.',
  ),
  sync_max_retries: optional(attempts, 'number', '3', 'Attempts of one sync before it is undone and reported.'),
  sync_failure_notification: optional(
    mailAddresses,
    'mail address',
    'nobody',
    "Who hears of failures and holds, besides the group's owner. Several addresses are separated by commas.",
  ),
  sync_success_notification: optional(
    mailAddresses,
    'mail address',
    'nobody',
    "Who hears of successful syncs, besides the group's owner. Several addresses are separated by commas.",
  ),
  sync_trigger: optional(
    choice(['interval', 'completion']),
    '`"interval"` or `"completion"`',
    '`"interval"`',
    'When to sync a group with a job: at each interval, or as soon as a run has ended (the interval is then the least distance).',
  ),
  recovery_points_kept: optional(pointsKept, 'number', '3', 'How many recovery points stay restorable.'),
  rpo_target_mins: optional(rpoMinutes, 'minutes', 'none', 'Alert when the recovery point is older than this.'),
  max_parallel_tables: optional(parallelTables, 'number', '8', 'Tables of one group that are copied at the same time.'),
  success_mail: optional(
    choice(['each', 'off']),
    '`"each"` or `"off"`',
    '`"each"`',
    'Whether every successful sync sends a mail.',
  ),
};

export const groupSchema = z.strictObject({
  group_name: required(groupName, 'name', 'Name of the group, unique in its workspace.'),
  group_owner_email: optional(
    mailAddresses,
    'mail address',
    'nobody',
    'Owner of the group: gets its mails. Several addresses are separated by commas.',
  ),
  workflow: optional(
    jobName,
    'job name',
    'none: standalone tables',
    'The job (Databricks workflow) whose finished runs are what is copied. Without it the tables are copied together on a schedule.',
  ),
  secondary_workflow: optional(jobName, 'job name', '`workflow`', "The job's name in the secondary region."),
  tables: required(
    z.array(z.union([tableName, table])).min(1),
    'list',
    'Tables that belong together: full names (`catalog.schema.table`), or `{ "source", "target" }` where names differ between the regions. At most 1,000.',
  ),
  ...onBothLevels,
  sync_cron: optional(
    cron,
    'cron, UTC',
    'the interval',
    'Schedule of a group of standalone tables, instead of the interval.',
  ),
  drill_cron: optional(
    cron,
    'cron, UTC',
    'no drills',
    'Schedule of a rehearsal of the recovery. Has no effect yet: there are no drills.',
  ),
  accept_partial_success: optional(
    yesOrNo,
    'boolean',
    'false',
    'Whether a run that ended as SUCCESS_WITH_FAILURES makes a recovery point.',
  ),
  priority: optional(priority, 'number', '100', 'Order in a failover of many groups, 1 first.'),
  verify: optional(
    choice(['files', 'rows']),
    '`"files"` or `"rows"`',
    '`"files"`',
    'How a copy is checked: file counts and bytes of the clone, or a count of rows too.',
  ),
  acknowledge_streaming: optional(
    yesOrNo,
    'boolean',
    'false',
    'Accepts continuous jobs and streaming writers, whose checkpoints are not copied.',
  ),
  activate_secondary_workflow: optional(
    yesOrNo,
    'boolean',
    'true',
    "Whether a failover starts the job's own schedule in the region that takes over.",
  ),
});

export const workspaceSchema = z.strictObject({
  workspace_name: required(workspaceName, 'name', 'Name of the workspace, unique in this file.'),
  workspace_instance_url: required(workspaceUrl, 'https URL', 'The workspace in the primary region.'),
  workspace_pat_key: required(
    secretName,
    'secret key',
    "Key, in the primary workspace's scope, of the token that looks at jobs and is the default for statements.",
  ),
  warehouse_http_path: optional(
    warehousePath,
    'HTTP path',
    'the only warehouse, or the one named `dr-sync`',
    'SQL warehouse of the primary region.',
  ),
  secondary_workspace_instance_url: optional(
    workspaceUrl,
    'https URL',
    'required online',
    'The workspace in the secondary region.',
  ),
  secondary_workspace_pat_key: optional(
    secretName,
    'secret key',
    'required online',
    "Like `workspace_pat_key`, in the secondary workspace's scope.",
  ),
  secondary_warehouse_http_path: optional(
    warehousePath,
    'HTTP path',
    'the only warehouse, or the one named `dr-sync`',
    'SQL warehouse of the secondary region.',
  ),
  sync_location_primary: required(
    syncLocation,
    'storage URI',
    'Folder in the primary region for the ledger and, after a failover, for staging. An external location must cover it in both regions.',
  ),
  sync_location_secondary: required(
    syncLocation,
    'storage URI',
    'Folder in the secondary region for the ledger and for staging. An external location must cover it in both regions.',
  ),
  sender_pat_key: optional(
    secretName,
    'secret key',
    '`workspace_pat_key`',
    'Principal that reads the source and writes staging; key in the primary scope.',
  ),
  receiver_pat_key: optional(
    secretName,
    'secret key',
    '`secondary_workspace_pat_key`',
    'Principal that reads staging and writes the target; key in the secondary scope.',
  ),
  reverse_sender_pat_key: optional(
    secretName,
    'secret key',
    '`secondary_workspace_pat_key`',
    'Sender after a failover; key in the secondary scope.',
  ),
  reverse_receiver_pat_key: optional(
    secretName,
    'secret key',
    '`workspace_pat_key`',
    'Receiver after a failover; key in the primary scope.',
  ),
  ...onBothLevels,
  sync_groups: required(z.array(groupSchema).min(1), 'list', 'The groups, see below.'),
});

export const configSchema = z.strictObject({
  secret_scope: required(
    secretName,
    'scope name',
    "Secret scope, of the same name in every region's own workspace, that holds the tokens.",
  ),
  workspaces: required(z.array(workspaceSchema).min(1), 'list', 'The workspaces, see below.'),
});

export const tableSchema = table;
export type FileConfig = z.output<typeof configSchema>;
export type FileWorkspace = z.output<typeof workspaceSchema>;
export type FileGroup = z.output<typeof groupSchema>;
