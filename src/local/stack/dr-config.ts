import { writeFileSync } from 'node:fs';
import type { Region } from '../../domain/region.js';
import { containerUri, sampleGroups, secretScope, warehouses, workspaceName } from './layout.js';

export const warehouseHttpPath = (region: Region): string => `/sql/1.0/warehouses/${warehouses[region].sync}`;

/** The ready configuration for the pair: one group per sample job and one of standalone tables. */
export function drConfig(urls: Readonly<Record<Region, string>>): Readonly<Record<string, unknown>> {
  return {
    secret_scope: secretScope,
    workspaces: [
      {
        workspace_name: workspaceName,
        workspace_instance_url: urls.primary,
        workspace_pat_key: 'dr-pat-key',
        warehouse_http_path: warehouseHttpPath('primary'),
        secondary_workspace_instance_url: urls.secondary,
        secondary_workspace_pat_key: 'dr-pat-key',
        secondary_warehouse_http_path: warehouseHttpPath('secondary'),
        sender_pat_key: 'dr-sender-key',
        receiver_pat_key: 'dr-receiver-key',
        reverse_sender_pat_key: 'dr-reverse-sender-key',
        reverse_receiver_pat_key: 'dr-reverse-receiver-key',
        sync_location_primary: containerUri('primary', 'sync'),
        sync_location_secondary: containerUri('secondary', 'sync'),
        sync_success_notification: 'dr-success@example.com',
        sync_failure_notification: 'dr-failure@example.com',
        sync_interval_mins: 1,
        sync_failover_interval_mins: 0.05,
        sync_max_retries: '3',
        sync_groups: sampleGroups.map((sample) => ({
          group_name: sample.group,
          group_owner_email: `${sample.group.replaceAll('_', '-')}-owner@example.com`,
          ...(sample.protected && { workflow: sample.job }),
          tables: sample.tables,
        })),
      },
    ],
  };
}

export function writeConfigFile(file: string, urls: Readonly<Record<Region, string>>): void {
  writeFileSync(file, `${JSON.stringify(drConfig(urls), null, 2)}\n`);
}
