import { expect, it } from 'vitest';
import { renderDocs } from './render-docs.js';

it('docs: docs/cut.md says what the examples say', async () => {
  await expect(renderDocs()).toMatchFileSnapshot('../../docs/cut.md');
});
