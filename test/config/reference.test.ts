import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { environmentDocs } from '../../src/config/environment-docs.js';
import { checkConfigText } from '../../src/config/index.js';
import { configReference } from '../../src/config/reference.js';

const root = new URL('../../', import.meta.url);

describe('the reference of the configuration', () => {
  it('is what the schema says', async () => {
    await expect(configReference()).toMatchFileSnapshot(new URL('docs/configuration.md', root).pathname);
  });

  it('has an example that is valid', () => {
    const [, example] = /```json\n([\s\S]*?)```/.exec(configReference()) ?? [];
    expect(checkConfigText(example ?? '').findings).toEqual([]);
  });
});

describe('.env.example', () => {
  it('names every variable that the product reads, and holds no value of a secret', () => {
    const text = readFileSync(new URL('.env.example', root), 'utf8');
    for (const { name } of environmentDocs) {
      const pattern = new RegExp(`^(# )?${name.replace('<KEY>', '[A-Z_]+')}=`, 'm');
      expect(text, name).toMatch(pattern);
    }
    expect(text).not.toMatch(/^(# )?\w*(TOKEN|CLIENT_SECRET|DR_SECRET_|API_KEY)\w*=\S/m);
  });
});
