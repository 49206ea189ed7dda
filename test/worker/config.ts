import type { DrConfig, WorkspaceConfig } from '../../src/config/index.js';

const region = (host: string): WorkspaceConfig['regions']['primary'] => ({
  baseUrl: `https://${host}`,
  host,
  warehouseHttpPath: null,
  secretKeys: { jobs: 'k', send: 'k', receive: 'k' },
});

const workspace = (name: string, primary: string, secondary: string): WorkspaceConfig => ({
  name,
  regions: { primary: region(primary), secondary: region(secondary) },
  syncLocations: { primary: 'abfss://p@x.example.com', secondary: 'abfss://s@x.example.com' },
  groups: [],
});

/** Two workspaces that share their secondary. */
export const twoWorkspaces: DrConfig = {
  secretScope: 'dr',
  workspaces: [
    workspace('a', 'a1.example.com', 'shared.example.com'),
    workspace('b', 'b1.example.com', 'shared.example.com'),
  ],
};
