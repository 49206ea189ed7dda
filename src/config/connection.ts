import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bootstrap, RegionConnection } from '../domain/connection.js';
import { DrError } from '../domain/failure.js';
import type { Region } from '../domain/region.js';
import { Secret } from '../domain/secret.js';
import type { Variables } from './environment.js';
import { environment, processVariables, variableOf } from './environment.js';
import { workspaceConfig } from './groups.js';
import type { DrConfig } from './model.js';

/**
 * Everything needed to talk to one region of one workspace: addresses and key names from the file, credentials from the
 * environment.
 *
 * @throws DrError GROUP_NOT_CONFIGURED for an unknown workspace; AUTH_FAILED for half a credential
 */
export function regionConnection(
  config: DrConfig,
  workspace: string,
  region: Region,
  variables: Variables = processVariables(),
): RegionConnection {
  const { baseUrl, host, warehouseHttpPath, secretKeys } = workspaceConfig(config, workspace).regions[region];
  const { caCertFile, secretsDir } = environment(variables);
  return {
    region,
    baseUrl,
    host,
    bootstrap: bootstrapOf(variables, workspace, region),
    warehouseHttpPath,
    secretScope: config.secretScope,
    secretKeys,
    fallbackSecret: (key) => fallbackSecret(variables, secretsDir, region, key),
    ...(caCertFile === null ? {} : { caCertFile }),
  };
}

/** As part of a variable's name: upper case, everything else an underscore. */
const inVariableName = (name: string): string => name.toUpperCase().replace(/[^A-Z0-9]/g, '_');

/** The variables that a bootstrap credential is read from; the more particular name wins. */
function bootstrapOf(variables: Variables, workspace: string, region: Region): Bootstrap | null {
  const suffixes = [`${region.toUpperCase()}_${inVariableName(workspace)}`, region.toUpperCase()];
  for (const suffix of suffixes) {
    const token = variableOf(variables, `DATABRICKS_TOKEN_${suffix}`);
    if (token !== null) return { kind: 'token', token: new Secret(token) };
    const clientId = variableOf(variables, `DATABRICKS_CLIENT_ID_${suffix}`);
    const clientSecret = variableOf(variables, `DATABRICKS_CLIENT_SECRET_${suffix}`);
    if (clientId !== null && clientSecret !== null) {
      return { kind: 'oauth', clientId, clientSecret: new Secret(clientSecret) };
    }
    if (clientId !== null || clientSecret !== null) {
      const missing = `DATABRICKS_CLIENT_${clientId === null ? 'ID' : 'SECRET'}_${suffix}`;
      throw new DrError('AUTH_FAILED', `Half of the ${region} region's credential is set: ${missing} is missing.`, {
        remedy: `Set ${missing}, or DATABRICKS_TOKEN_${suffix} instead.`,
      });
    }
  }
  return null;
}

/**
 * A secret from `DR_SECRET_<KEY>` or the file `<DR_SECRETS_DIR>/<key>`. Where both regions use the same key for different
 * tokens, `DR_SECRET_<KEY>_PRIMARY` and `<DR_SECRETS_DIR>/primary/<key>` (or `secondary`) come first, so that no
 * region is handed the other's token.
 */
function fallbackSecret(variables: Variables, secretsDir: string | null, region: Region, key: string): Secret | null {
  const name = `DR_SECRET_${inVariableName(key)}`;
  const value = variableOf(variables, `${name}_${region.toUpperCase()}`) ?? variableOf(variables, name);
  if (value !== null) return new Secret(value);
  if (secretsDir === null) return null;
  return secretFile(join(secretsDir, region, key)) ?? secretFile(join(secretsDir, key));
}

/** Read at each use, so that a rotated secret counts at once. */
function secretFile(file: string): Secret | null {
  try {
    const text = readFileSync(file, 'utf8').trim();
    return text === '' ? null : new Secret(text);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    // A region's folder may be absent, or a plain file may have the region's name.
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return null;
    throw new DrError('AUTH_FAILED', `The secret file ${file} can't be read (${code}).`, {
      remedy: 'Let the user of this process read it.',
      cause,
    });
  }
}
