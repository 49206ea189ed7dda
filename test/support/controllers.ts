/** Controllers of one group in Temporal namespaces of their own, on one and the same region pair. */
import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { WorkflowHandle } from '@temporalio/client';
import { Client } from '@temporalio/client';
import { until } from '../../demo/until.js';
import type { GroupStatus } from '../../src/domain/status.js';
import { packageFolder } from '../../src/worker/bundle-path.js';
import type { protectGroup } from '../../src/workflows/index.js';
import { entityId, statusQuery } from '../../src/workflows/messages.js';
import type { World } from './world.js';
import { workspace } from './world.js';

const main = join(packageFolder(), 'dist', 'src', 'bin', 'lakehouse-dr.js');

export interface Controller {
  readonly client: Client;
  readonly entity: WorkflowHandle<typeof protectGroup>;
  status(): Promise<GroupStatus>;
  signal(name: string, input?: object): Promise<void>;
  untilStatus(what: string, wanted: (status: GroupStatus) => boolean, limitMs?: number): Promise<GroupStatus>;
  startWorker(): ChildProcess;
}

/** Makes the namespace, unless it is the default one, and applies the config there. No worker runs yet. */
export async function applyIn(world: World, namespace: string, group: string): Promise<Controller> {
  const env = {
    ...world.variables,
    TEMPORAL_NAMESPACE: namespace,
    ...(namespace === 'default' ? {} : { DR_METRICS_ADDRESS: 'off' }),
  };
  if (namespace !== 'default') {
    const address = world.stack.file.temporal?.address ?? '';
    const created = await world.temporal('operator', 'namespace', 'create', '--address', address, '-n', namespace);
    if (created.code !== 0) throw new Error(`the namespace ${namespace} was not made: ${created.stderr}`);
  }
  await until(`apply in ${namespace}`, () =>
    promisify(execFile)(process.execPath, [main, 'apply'], { env }).then(
      () => true,
      // A namespace is known to the whole server only after some seconds.
      () => null,
    ),
  );
  const client = new Client({ connection: world.client.connection, namespace });
  const entity = client.workflow.getHandle<typeof protectGroup>(entityId({ workspace, group }));
  const status = (): Promise<GroupStatus> => entity.query(statusQuery);
  return {
    client,
    entity,
    status,
    signal: (name, input = {}) => entity.signal(name, input),
    startWorker: () => spawn(process.execPath, [main, 'worker'], { env, stdio: 'ignore' }),
    async untilStatus(what, wanted, limitMs = 90_000) {
      let last: GroupStatus | null = null;
      try {
        return await until(
          what,
          async () => {
            last = await status().catch(() => null);
            return last && wanted(last) ? last : null;
          },
          limitMs,
        );
      } catch (thrown) {
        throw new Error(`${String(thrown)}; the last status was ${JSON.stringify(last)}`, { cause: thrown });
      }
    },
  };
}
