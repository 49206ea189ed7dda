/** A complete file with everything optional left out; tests change copies of it. */
export const completeFile = () => ({
  secret_scope: 'dr-scope',
  workspaces: [
    {
      workspace_name: 'sales',
      workspace_instance_url: 'https://adb-1.azuredatabricks.net',
      workspace_pat_key: 'dr-key',
      secondary_workspace_instance_url: 'https://adb-2.azuredatabricks.net',
      secondary_workspace_pat_key: 'dr-key-2',
      sync_location_primary: 'abfss://dr@salesdreast.dfs.core.windows.net',
      sync_location_secondary: 'abfss://dr@salesdrwest.dfs.core.windows.net',
      sync_groups: [
        {
          group_name: 'orders',
          group_owner_email: 'owner@example.com',
          workflow: 'orders_etl',
          tables: ['sales.raw.orders', 'sales.main.revenue'],
        },
        { group_name: 'lookups', tables: ['sales.ref.countries'] },
      ],
    },
  ],
});

/** The shape that files written for the system this one follows have: a placeholder URL, no secondary, digits in quotes. */
export const fileFromBefore = () => ({
  secret_scope: 'shop-dr-scope',
  workspaces: [
    {
      workspace_name: 'shop_east',
      workspace_instance_url: 'https://<workspace url>',
      workspace_pat_key: 'shop-key',
      sync_location_primary: 'abfss://sync@shopeast.dfs.core.windows.net',
      sync_location_secondary: 'abfss://sync@shopwest.dfs.core.windows.net',
      sync_interval_mins: 20,
      sync_failover_interval_mins: 5,
      sync_max_retries: '4',
      sync_groups: [
        {
          group_name: 'nightly',
          group_owner_email: 'shop@example.com',
          workflow: 'nightly',
          tables: ['shop.raw.sales', 'shop.stage.sales', 'shop.main.sales'],
        },
        { group_name: 'scheduled', group_owner_email: 'shop@example.com', tables: ['shop.raw.stores'] },
      ],
    },
  ],
});

/** Sets the value at a path like `workspaces.0.sync_groups.1.tables`; undefined removes the key. */
export function withValue<T>(file: T, path: string, value: unknown): T {
  const copy = structuredClone(file);
  const parts = path.split('.');
  const last = parts.pop() ?? '';
  const holder = parts.reduce<Record<string, unknown>>(
    (inner, part) => inner[part] as Record<string, unknown>,
    copy as unknown as Record<string, unknown>,
  );
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return copy;
}
