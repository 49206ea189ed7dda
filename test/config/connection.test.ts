import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { DrConfig } from '../../src/config/index.js';
import { checkConfigText, EnvironmentError, environment, regionConnection } from '../../src/config/index.js';
import { completeFile, withValue } from './fixtures.js';

function configOf(file: unknown): DrConfig {
  const { config, findings } = checkConfigText(JSON.stringify(file));
  if (config === null) throw new Error(JSON.stringify(findings));
  return config;
}

const config = configOf(completeFile());

describe('a region gets its own credential and no other', () => {
  const variables = {
    DATABRICKS_TOKEN_PRIMARY: 'token-1',
    DATABRICKS_TOKEN_SECONDARY: '  token-2 ',
    DATABRICKS_CLIENT_ID_SECONDARY_SALES: 'id',
    DATABRICKS_CLIENT_SECRET_SECONDARY_SALES: 'secret-2',
  };

  it('the token of the region; the particular name before the general one', () => {
    const primary = regionConnection(config, 'sales', 'primary', variables);
    expect(primary).toMatchObject({
      host: 'adb-1.azuredatabricks.net',
      baseUrl: 'https://adb-1.azuredatabricks.net',
      bootstrap: { kind: 'token' },
    });
    expect(primary.bootstrap?.kind === 'token' && primary.bootstrap.token.reveal()).toBe('token-1');
    const secondary = regionConnection(config, 'sales', 'secondary', variables);
    expect(secondary.bootstrap).toMatchObject({ kind: 'oauth', clientId: 'id' });
    expect(secondary.bootstrap?.kind === 'oauth' && secondary.bootstrap.clientSecret.reveal()).toBe('secret-2');
    expect(JSON.stringify([primary, secondary])).not.toMatch(/token-1|secret-2/);
  });

  it('half a credential is an error that names the other half, never none', () => {
    expect(() => regionConnection(config, 'sales', 'primary', { DATABRICKS_CLIENT_ID_PRIMARY: 'id' })).toThrow(
      /DATABRICKS_CLIENT_SECRET_PRIMARY is missing/,
    );
  });

  it('none at all is no error here: a fallback may answer', () => {
    expect(regionConnection(config, 'sales', 'primary', { DATABRICKS_TOKEN_PRIMARY: '' }).bootstrap).toBeNull();
  });

  it('an unknown workspace is told', () => {
    expect(() => regionConnection(config, 'sale', 'primary', {})).toThrow(/no workspace "sale"/);
  });
});

describe('keys of the roles', () => {
  it('fall back to the key of their own region', () => {
    expect(config.workspaces[0]?.regions).toMatchObject({
      primary: { secretKeys: { jobs: 'dr-key', send: 'dr-key', receive: 'dr-key' } },
      secondary: { secretKeys: { jobs: 'dr-key-2', send: 'dr-key-2', receive: 'dr-key-2' } },
    });
  });

  it('each of the four principals has its hop and direction', () => {
    const file = ['sender', 'receiver', 'reverse_sender', 'reverse_receiver'].reduce(
      (before, name) => withValue(before, `workspaces.0.${name}_pat_key`, name),
      completeFile(),
    );
    expect(configOf(file).workspaces[0]?.regions).toMatchObject({
      primary: { secretKeys: { send: 'sender', receive: 'reverse_receiver' } },
      secondary: { secretKeys: { send: 'reverse_sender', receive: 'receiver' } },
    });
  });
});

describe('secrets that the Secrets API does not give', () => {
  const dir = mkdtempSync(join(tmpdir(), 'dr-secrets-'));
  mkdirSync(join(dir, 'primary'));
  writeFileSync(join(dir, 'dr-key'), 'general\n');
  writeFileSync(join(dir, 'primary', 'dr-key'), 'of the primary\n');
  afterAll(() => rmSync(dir, { recursive: true }));

  const secretOf = (region: 'primary' | 'secondary', variables: Record<string, string>) =>
    regionConnection(config, 'sales', region, variables).fallbackSecret('dr-key')?.reveal() ?? null;

  it('come from a variable, the region before the general one', () => {
    const variables = { DR_SECRET_DR_KEY: 'any', DR_SECRET_DR_KEY_SECONDARY: 'second' };
    expect([secretOf('primary', variables), secretOf('secondary', variables)]).toEqual(['any', 'second']);
  });

  it('or from a file', () => {
    expect([secretOf('primary', { DR_SECRETS_DIR: dir }), secretOf('secondary', { DR_SECRETS_DIR: dir })]).toEqual([
      'of the primary',
      'general',
    ]);
  });

  it('or from nowhere', () => {
    expect(secretOf('primary', {})).toBeNull();
    expect(regionConnection(config, 'sales', 'primary', { DR_SECRETS_DIR: dir }).fallbackSecret('primary')).toBeNull();
  });
});

describe('the environment', () => {
  it('has defaults, and takes empty variables as unset', () => {
    expect(environment({ DR_LOG_LEVEL: '', DR_CONFIG: ' ' })).toEqual({
      configFile: null,
      logLevel: 'info',
      metricsAddress: { host: '127.0.0.1', port: 9464 },
      smtpUrl: null,
      mailFrom: null,
      caCertFile: null,
      secretsDir: null,
    });
  });

  it.each([
    ['off', null],
    [':9000', { host: '0.0.0.0', port: 9000 }],
    ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['[::1]:9464', { host: '[::1]', port: 9464 }],
  ])('metrics at %s', (value, address) => {
    expect(environment({ DR_METRICS_ADDRESS: value }).metricsAddress).toEqual(address);
  });

  it.each([
    { DR_LOG_LEVEL: 'loud' },
    { DR_METRICS_ADDRESS: '9464' },
    { DR_METRICS_ADDRESS: 'localhost:99999' },
    { DR_SMTP_URL: 'mail.example.com' },
  ])('%j is refused, and its value not repeated', (variables) => {
    const [value] = Object.values(variables);
    expect(() => environment(variables)).toThrow(EnvironmentError);
    expect(() => environment(variables)).not.toThrow(value);
  });

  it('no-secrets: a mail password is not shown', () => {
    expect(JSON.stringify(environment({ DR_SMTP_URL: 'smtp://me:hidden@mail.example.com' }))).not.toContain('hidden');
  });
});
