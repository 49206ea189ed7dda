import { randomUUID } from 'node:crypto';
import type { ActivityDeps } from '../activities/index.js';
import { createActivities } from '../activities/index.js';
import { createNotify } from '../activities/notify/index.js';
import type { DrConfig } from '../config/index.js';
import {
  liveConfig,
  mailRecipients,
  environment as readEnvironment,
  regionConnection,
  temporalSettings,
} from '../config/index.js';
import type { Workspace } from '../databricks/api.js';
import { createWorkspace } from '../databricks/workspace.js';
import type { Region } from '../domain/region.js';
import { createLogger } from './logging.js';
import type { QueueChoice } from './queues.js';
import { runWorkers } from './run.js';

export interface WorkerOptions extends QueueChoice {
  readonly config: DrConfig;
  /** Read again whenever it changes. */
  readonly configPath: string;
  readonly signal?: AbortSignal;
}

/** `lakehouse-dr worker`: puts the activities together and runs them, with the workflows, until told to stop. */
export async function runWorker({ config, configPath, ...options }: WorkerOptions): Promise<void> {
  const environment = readEnvironment();
  const logger = createLogger(environment.logLevel);
  const current = liveConfig(configPath, config, (findings) =>
    logger.error({ configPath, findings }, 'the changed config has errors: the last valid one stays in force'),
  );
  const workspaces = openedOnce(current);
  const deps: ActivityDeps = {
    config: current,
    workspace: workspaces.open,
    sendMail: createNotify({ environment, recipientsOf: (group) => mailRecipients(current(), group) }),
    processId: randomUUID(),
    now: () => Date.now(),
  };
  const { home, host } = createActivities(deps);
  try {
    await runWorkers({
      ...options,
      config,
      environment,
      temporal: temporalSettings(),
      steps: { workflowQueue: home, hostQueue: () => host },
    });
  } finally {
    await workspaces.close();
  }
}

/** One facade per region of a workspace for the life of the worker: it keeps connections and tokens. */
function openedOnce(config: () => DrConfig) {
  const opened = new Map<string, Workspace>();
  return {
    open(name: string, region: Region): Workspace {
      const connection = regionConnection(config(), name, region);
      // All that the file says of a connection: what changes there counts from the next step on.
      const { baseUrl, warehouseHttpPath, secretScope, secretKeys } = connection;
      const key = JSON.stringify([name, region, baseUrl, warehouseHttpPath, secretScope, secretKeys]);
      const known = opened.get(key);
      if (known) return known;
      const workspace = createWorkspace(connection);
      opened.set(key, workspace);
      return workspace;
    },
    async close(): Promise<void> {
      await Promise.all([...opened.values()].map((workspace) => workspace.close()));
    },
  };
}
