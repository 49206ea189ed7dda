import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { Variables } from './environment.js';
import { processVariables } from './environment.js';

/** How to reach Temporal: the same variables and profile that the `temporal` command line reads. */
export type TemporalSettings = ReturnType<typeof loadClientConnectConfig> & {
  /** For messages. */
  readonly address: string;
  readonly namespace: string;
};

/** From `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_PROFILE`, TLS and API key variables, or the profile file. */
export function temporalSettings(variables: Variables = processVariables()): TemporalSettings {
  const settings = loadClientConnectConfig({ overrideEnvVars: definedOnly(variables) });
  return {
    ...settings,
    address: settings.connectionOptions.address ?? '127.0.0.1:7233',
    namespace: settings.namespace ?? 'default',
  };
}

const definedOnly = (variables: Variables): Record<string, string> =>
  Object.fromEntries(Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined));
