import { expect, it } from 'vitest';
import { captureTables } from '../../../src/local/truth/capture.js';

it('the versions that are recorded were all true at the recorded instant, though others write meanwhile', async () => {
  const versions = new Map([
    ['a', 1],
    ['b', 1],
  ]);
  let looks = 0;
  const commits: number[] = [];
  const clock = { now: () => looks };
  const reader = {
    version: async (table: string) => {
      looks += 1;
      const version = versions.get(table) ?? 0;
      // Somebody commits to `a` right after the first two looks at it.
      if (table === 'a' && commits.length < 2) {
        versions.set('a', version + 1);
        commits.push(looks);
      }
      return version;
    },
    read: async (_table: string, version: number) => ({ version, tableId: 'id', rows: 0, contentHash: '' }),
  };
  const { at, tables } = await captureTables(reader, ['a', 'b'], clock);
  expect(tables.a?.version).toBe(3);
  expect(at).toBeGreaterThan(Math.max(...commits));
});
