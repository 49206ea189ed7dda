import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ConfigError, checkConfigText } from '../../src/config/index.js';
import { Secret } from '../../src/domain/secret.js';
import { completeFile, withValue } from './fixtures.js';

// Put together here, so that scanners of this repository don't take them for real ones.
const pat = `dapi${'0123456789abcdef'.repeat(2)}`;
const oauth = `dose${'0123456789abcdef'.repeat(2)}`;
const opaque = 'Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MDEyMzQ1';

describe('no-secrets: a credential in the file is an error, and never repeated', () => {
  it.each([
    ['workspaces.0.workspace_pat_key', pat],
    ['workspaces.0.workspace_pat_key', opaque],
    ['workspaces.0.secondary_workspace_pat_key', oauth],
    ['secret_scope', pat],
    ['workspaces.0.sync_groups.0.workflow', pat],
    ['workspaces.0.workspace_instance_url', `https://user:${opaque}@adb-1.net`],
    ['workspaces.0.sync_location_primary', `abfss://dr:${opaque}@account.dfs.core.windows.net`],
    ['workspaces.0.sync_groups.0.group_owner_email', `smtp://user:${opaque}@mail.example.com`],
    ['workspaces.0.sync_groups.0.priority', pat],
    ['workspaces.0.sync_groups.0.verify', pat],
    [`workspaces.0.${pat}`, 'x'],
    ['workspaces.0.token', pat],
  ])('%s', (path, value) => {
    const { config, findings } = checkConfigText(JSON.stringify(withValue(completeFile(), path, value)));
    expect(config).toBeNull();
    expect(findings.some(({ message }) => /looks like/.test(message))).toBe(true);
    const told = `${JSON.stringify(findings)} ${new ConfigError('dr.json', findings).message}`;
    for (const secret of [pat, oauth, opaque]) expect(told).not.toContain(secret);
  });

  it('in a file that is not JSON is not repeated either', () => {
    expect(JSON.stringify(checkConfigText(`{"workspace_pat_key": ${pat}}`).findings)).not.toContain(pat);
  });

  it('names of secrets made of words are no secrets', () => {
    const file = withValue(
      completeFile(),
      'workspaces.0.workspace_pat_key',
      'data-platform-disaster-recovery-service-principal-token',
    );
    expect(checkConfigText(JSON.stringify(file)).findings).toEqual([]);
  });
});

describe('no-secrets: a Secret does not show itself', () => {
  const secret = new Secret(pat);

  it.each([
    ['JSON', JSON.stringify({ secret })],
    ['text', `${secret}`],
    ['inspection', inspect({ deep: { secret } }, { depth: 9, showHidden: true })],
    ['its keys', JSON.stringify(Object.entries(secret))],
    ['a clone', JSON.stringify(structuredClone({ ...secret }))],
  ])('in %s', (_where, text) => {
    expect(text).not.toContain(pat);
  });

  it('but gives the text to who asks for it', () => {
    expect(secret.reveal()).toBe(pat);
  });
});
