import type { Workspace } from '../../../src/databricks/api.js';
import { createWorkspace } from '../../../src/databricks/workspace.js';
import type { RegionConnection } from '../../../src/domain/connection.js';
import type { Region } from '../../../src/domain/region.js';
import { Secret } from '../../../src/domain/secret.js';
import type { Stack } from '../../../src/local/stack/stack.js';

const keys: Readonly<Record<Region, RegionConnection['secretKeys']>> = {
  primary: { jobs: 'dr-pat-key', send: 'dr-sender-key', receive: 'dr-reverse-receiver-key' },
  secondary: { jobs: 'dr-pat-key', send: 'dr-reverse-sender-key', receive: 'dr-receiver-key' },
};

/** A region of the local pair as the product connects to it. */
export function connectTo(stack: Stack, region: Region, more: Partial<RegionConnection> = {}): Workspace {
  const { url, host, caCertFile, tokens } = stack.file.regions[region];
  return createWorkspace({
    region,
    baseUrl: url,
    host,
    bootstrap: { kind: 'token', token: new Secret(tokens.bootstrap ?? '') },
    warehouseHttpPath: null,
    secretScope: 'dr-test-scope',
    secretKeys: keys[region],
    fallbackSecret: () => null,
    caCertFile,
    ...more,
  });
}

/** Polls, with a deadline, until a look gives something. */
export async function until<T>(look: () => Promise<T | null>): Promise<T> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (Date.now() > deadline) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
