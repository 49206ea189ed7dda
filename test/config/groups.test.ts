import { describe, expect, it } from 'vitest';
import type { DrConfig } from '../../src/config/index.js';
import { checkConfigText, groupSettings, groupSpec, groupsOf, mailRecipients } from '../../src/config/index.js';
import { completeFile, withValue } from './fixtures.js';

function configOf(file: unknown): DrConfig {
  const { config, findings } = checkConfigText(JSON.stringify(file));
  if (config === null) throw new Error(JSON.stringify(findings));
  return config;
}

const orders = { workspace: 'sales', group: 'orders' };
const hashOf = (file: unknown): string => groupSpec(configOf(file), orders).specHash;

describe('the spec of a group', () => {
  it('holds what a sync needs, and no address of a warehouse or name of a secret', () => {
    const spec = groupSpec(configOf(completeFile()), orders);
    expect(spec).toMatchObject({
      job: { primary: 'orders_etl', secondary: 'orders_etl' },
      hosts: { primary: 'adb-1.azuredatabricks.net', secondary: 'adb-2.azuredatabricks.net' },
      tables: [
        { primary: 'sales.raw.orders', secondary: 'sales.raw.orders' },
        { primary: 'sales.main.revenue', secondary: 'sales.main.revenue' },
      ],
      syncIntervalMinutes: 15,
      failoverIntervalMinutes: 10,
      maxRetries: 3,
      recoveryPointsKept: 3,
      maxParallelTables: 8,
      verify: 'files',
      successMail: 'each',
      activateJob: true,
      trigger: 'interval',
    });
    expect(JSON.stringify(spec)).not.toMatch(/dr-key|dr-scope|warehouse/);
  });

  it('as settings is without its tables, which may be thousands', () => {
    expect(groupSettings(configOf(completeFile()), orders)).not.toHaveProperty('tables');
    expect(groupSettings(configOf(completeFile()), orders).tableCount).toBe(2);
  });

  it('drops a slash at the end of a location, or staging would have two', () => {
    const file = withValue(completeFile(), 'workspaces.0.sync_location_primary', 's3://east-dr/x/');
    expect(groupSpec(configOf(file), orders).syncLocations.primary).toBe('s3://east-dr/x');
  });

  it('names an unknown group', () => {
    expect(() => groupSpec(configOf(completeFile()), { workspace: 'sales', group: 'nope' })).toThrow(/"sales\/nope"/);
  });
});

describe('the hash of a spec', () => {
  it('stays the same when keys are written in another order', () => {
    const file = completeFile();
    const turned = {
      ...file,
      workspaces: file.workspaces.map((workspace) => Object.fromEntries(Object.entries(workspace).reverse())),
    };
    expect(hashOf(turned)).toBe(hashOf(file));
  });

  it.each([
    ['workspaces.0.sync_groups.0.tables', ['sales.raw.orders']],
    ['workspaces.0.sync_location_secondary', 's3://elsewhere'],
    ['workspaces.0.secondary_workspace_instance_url', 'https://adb-9.net'],
  ])('changes with %s: what is published lacks something, or lies elsewhere', (path, value) => {
    expect(hashOf(withValue(completeFile(), path, value))).not.toBe(hashOf(completeFile()));
  });

  it.each([
    ['sync_groups.0.workflow', 'other'],
    ['sync_groups.0.accept_partial_success', true],
    ['sync_groups.0.acknowledge_streaming', true],
    ['sync_groups.0.verify', 'rows'],
    ['sync_groups.0.rpo_target_mins', 30],
    ['sync_groups.0.sync_trigger', 'completion'],
    ['sync_groups.0.sync_interval_mins', 7],
    ['sync_groups.0.max_parallel_tables', 2],
    ['sync_groups.0.recovery_points_kept', 9],
    ['sync_groups.0.success_mail', 'off'],
    ['sync_failure_notification', 'other@example.com'],
  ])('does not change with %s: no table would be other rows', (path, value) => {
    const changed = withValue(completeFile(), `workspaces.0.${path}`, value);
    expect(groupSpec(configOf(changed), orders)).toMatchObject({ group: 'orders' });
    expect(hashOf(changed)).toBe(hashOf(completeFile()));
  });

  it('does not change with the order of the tables', () => {
    const tables = ['sales.main.revenue', 'sales.raw.orders'];
    expect(hashOf(withValue(completeFile(), 'workspaces.0.sync_groups.0.tables', tables))).toBe(hashOf(completeFile()));
  });

  it('does not change with another group', () => {
    expect(hashOf(withValue(completeFile(), 'workspaces.0.sync_groups.1.tables', ['a.b.c']))).toBe(
      hashOf(completeFile()),
    );
  });
});

describe('mail', () => {
  it('goes to the configured addresses and the owner, to each once', () => {
    const file = [
      ['workspaces.0.sync_failure_notification', 'ops@example.com, owner@example.com'],
      ['workspaces.0.sync_success_notification', 'team@example.com'],
      ['workspaces.0.sync_groups.1.sync_success_notification', 'lookups@example.com'],
    ].reduce((before, [path, value]) => withValue(before, path ?? '', value), completeFile());
    expect(mailRecipients(configOf(file), orders)).toEqual({
      success: ['team@example.com', 'owner@example.com'],
      failure: ['ops@example.com', 'owner@example.com'],
    });
    expect(mailRecipients(configOf(file), { workspace: 'sales', group: 'lookups' }).success).toEqual([
      'lookups@example.com',
    ]);
  });

  it('goes to nobody where nobody is named', () => {
    expect(mailRecipients(configOf(completeFile()), { workspace: 'sales', group: 'lookups' })).toEqual({
      success: [],
      failure: [],
    });
    expect(groupsOf(configOf(completeFile()))).toHaveLength(2);
  });
});
