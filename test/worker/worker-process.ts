/** A worker in a process of its own, with steps that know no group: what tests start, watch and end. */
import { setTimeout as delay } from 'node:timers/promises';
import { DrError } from '../../src/domain/failure.js';
import { runWorkers } from '../../src/worker/run.js';
import { twoWorkspaces } from './config.js';

const [address = '', namespace = '', metricsPort = '0'] = process.argv.slice(2);

const unknownGroup = async (): Promise<never> => {
  throw new DrError('GROUP_NOT_CONFIGURED', 'The configuration of this worker has no such group.');
};

/** Long enough that a shutdown meets it in work, short enough to end within the grace time. */
const startEntity = async (): Promise<void> => {
  process.stderr.write('{"msg":"step begun"}\n');
  await delay(2_000);
  process.stderr.write('{"msg":"step ended"}\n');
};

await runWorkers({
  config: twoWorkspaces,
  environment: { logLevel: 'info', metricsAddress: { host: '127.0.0.1', port: Number(metricsPort) } },
  temporal: { address, namespace, connectionOptions: { address } },
  steps: {
    workflowQueue: { loadGroup: unknownGroup, loadSpec: unknownGroup, startEntity, notify: async () => undefined },
    hostQueue: () => ({ readEvents: unknownGroup }),
  },
});
