import { createHash } from 'node:crypto';
import { DrError } from '../domain/failure.js';
import type { GroupRef, GroupSettings, GroupSpec } from '../domain/spec.js';
import type { DrConfig, GroupConfig, MailRecipients, WorkspaceConfig } from './model.js';

/** All groups, in the file's order. */
export const groupsOf = (config: DrConfig): readonly GroupConfig[] => config.workspaces.flatMap(({ groups }) => groups);

/** @throws DrError GROUP_NOT_CONFIGURED */
export function workspaceConfig(config: DrConfig, name: string): WorkspaceConfig {
  const workspace = config.workspaces.find((candidate) => candidate.name === name);
  if (workspace !== undefined) return workspace;
  throw new DrError('GROUP_NOT_CONFIGURED', `The configuration has no workspace "${name}".`, {
    remedy: 'Add it to the configuration of this worker, or retire its groups with `lakehouse-dr apply --retire`.',
  });
}

/** @throws DrError GROUP_NOT_CONFIGURED */
function groupConfig(config: DrConfig, ref: GroupRef): GroupConfig {
  const group = workspaceConfig(config, ref.workspace).groups.find((candidate) => candidate.group === ref.group);
  if (group !== undefined) return group;
  throw new DrError('GROUP_NOT_CONFIGURED', `The configuration has no group "${ref.workspace}/${ref.group}".`, {
    remedy: 'Add it to the configuration of this worker, or retire it with `lakehouse-dr apply --retire`.',
  });
}

/**
 * A group's whole spec, with the hash over what its recovery points consist of.
 *
 * @throws DrError GROUP_NOT_CONFIGURED
 */
export function groupSpec(config: DrConfig, ref: GroupRef): GroupSpec {
  const workspace = workspaceConfig(config, ref.workspace);
  const group = groupConfig(config, ref);
  const { primary, secondary } = workspace.regions;
  const spec: Omit<GroupSpec, 'specHash'> = {
    workspace: workspace.name,
    group: group.group,
    job: group.job,
    tableCount: group.tables.length,
    hosts: { primary: primary.host, secondary: secondary.host },
    syncIntervalMinutes: group.syncIntervalMinutes,
    failoverIntervalMinutes: group.failoverIntervalMinutes,
    maxRetries: group.maxRetries,
    trigger: group.trigger,
    acceptPartialSuccess: group.acceptPartialSuccess,
    recoveryPointsKept: group.recoveryPointsKept,
    rpoTargetMinutes: group.rpoTargetMinutes,
    maxParallelTables: group.maxParallelTables,
    verify: group.verify,
    acknowledgeStreaming: group.acknowledgeStreaming,
    successMail: group.successMail,
    activateJob: group.activateJob,
    tables: group.tables,
    syncLocations: workspace.syncLocations,
  };
  return { ...spec, specHash: hashOf(spec) };
}

/**
 * Covers which tables a recovery point has, and where it lies: where one of these changes, the published end is cut once
 * more. All other settings say when, how often, by whom, how fast or how carefully a point is made, or which runs make
 * one: they hold from the next run on and leave the point that is published as right as it was.
 */
function hashOf({ workspace, group, tables, hosts, syncLocations }: Omit<GroupSpec, 'specHash'>): string {
  const byName = tables.toSorted((a, b) => (a.primary < b.primary ? -1 : 1));
  const text = canonicalJson({ workspace, group, tables: byName, hosts, syncLocations });
  return createHash('sha256').update(text).digest('hex');
}

/**
 * The part of a spec that the entity decides with.
 *
 * @throws DrError GROUP_NOT_CONFIGURED
 */
export function groupSettings(config: DrConfig, ref: GroupRef): GroupSettings {
  const { tables: _tables, syncLocations: _locations, ...settings } = groupSpec(config, ref);
  return settings;
}

/**
 * Who hears of a group's successes and failures; the group's owner of both.
 *
 * @throws DrError GROUP_NOT_CONFIGURED
 */
export const mailRecipients = (config: DrConfig, ref: GroupRef): MailRecipients => groupConfig(config, ref).recipients;

/** The same text for the same content, whatever the order in which keys were written. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
