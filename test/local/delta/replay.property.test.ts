import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Snapshot } from '../../../src/local/delta/index.js';
import {
  fileKey,
  localDisk,
  openSnapshot,
  restoreTable,
  setTableProperties,
  vacuum,
  writeCheckpoint,
} from '../../../src/local/delta/index.js';
import type { TestEnv } from './support.js';
import { append, author, clone, newTable, remove, testEnv, write } from './support.js';

/** What can happen to the source table; numbers choose a file, a version or a partition by their remainder. */
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('append' as const), choice: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), choice: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restore' as const), choice: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('properties' as const), choice: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stream' as const), choice: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('checkpoint' as const), choice: fc.constant(0) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('clone' as const), choice: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stray write' as const), choice: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('vacuum target' as const), choice: fc.constant(0) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

it('whatever happened before: replay with and without checkpoints agrees, and a re-clone equals its source', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
      const root = await mkdtemp(join(tmpdir(), 'delta-property-'));
      try {
        const env = testEnv();
        const [source, target] = [join(root, 'source'), join(root, 'target')];
        await newTable(env, source, { 'delta.checkpointInterval': '4' });
        for (const one of steps) {
          env.clock.advance(1000);
          await take(env, source, target, one);
        }
        await expectCheckpointsAgree(env, source);
        await expectCloneEqual(env, source, target);
      } finally {
        await rm(root, { recursive: true, force: true });
      }
    }),
    { numRuns: 40 },
  );
});

async function take(env: TestEnv, source: string, target: string, { kind, choice }: Step): Promise<void> {
  const base = await openSnapshot(env, source);
  switch (kind) {
    case 'append':
      await append(env, source, { values: { day: [null, 'a b', 'ü/%', '1'][choice] ?? null }, bytes: 5 + choice });
      break;
    case 'remove': {
      const file = base.files[choice % Math.max(base.files.length, 1)];
      if (file !== undefined) await remove(env, source, file);
      break;
    }
    case 'restore':
      await restoreTable(env, { folder: source, to: { version: choice % (base.version + 1) }, author });
      break;
    case 'properties':
      await setTableProperties(env, { folder: source, author, properties: { k: String(choice) } });
      break;
    case 'stream':
      await write(env, source, {
        base,
        actions: [{ kind: 'txn', txn: { appId: `s${choice}`, version: base.version, lastUpdated: null } }],
      });
      break;
    case 'checkpoint':
      await writeCheckpoint(env, base);
      break;
    case 'clone':
      await clone(env, await openSnapshot(env, source, { version: choice % (base.version + 1) }), target);
      break;
    case 'stray write':
      if ((await localDisk.list(target)) !== null) await append(env, target);
      break;
    case 'vacuum target':
      if ((await localDisk.list(target)) !== null) {
        await vacuum(env, { folder: target, author, retainMs: 0, checkRetention: false });
      }
      break;
  }
}

async function expectCheckpointsAgree(env: TestEnv, folder: string): Promise<void> {
  const withoutCheckpoints = {
    ...env,
    storage: {
      ...localDisk,
      list: async (path: string) =>
        ((await localDisk.list(path)) ?? []).filter(({ path: name }) => !name.includes('checkpoint')),
    },
  };
  const { version: newest } = await openSnapshot(env, folder);
  for (let version = 0; version <= newest; version += 1) {
    const fromCheckpoint = await openSnapshot(env, folder, { version });
    const fromCommits = await openSnapshot(withoutCheckpoints, folder, { version });
    expect(comparable(fromCheckpoint)).toEqual(comparable(fromCommits));
    const gone = new Set(fromCheckpoint.tombstones.map(fileKey));
    expect(fromCheckpoint.files.filter((file) => gone.has(fileKey(file)))).toEqual([]);
  }
}

/** Checkpoints write `dataChange` false whatever the commit said (PROTOCOL.md), so that flag is left out. */
const comparable = (snapshot: Snapshot) => ({
  ...snapshot,
  files: snapshot.files.map((file) => ({ ...file, dataChange: false })),
  tombstones: snapshot.tombstones.map((file) => ({ ...file, dataChange: false })),
});

async function expectCloneEqual(env: TestEnv, source: string, target: string): Promise<void> {
  const wanted = await openSnapshot(env, source);
  const before = (await localDisk.list(target)) === null ? [] : (await openSnapshot(env, target)).files;
  const { metrics } = await clone(env, wanted, target);
  const copy = await openSnapshot(env, target);
  expect(copy.files.map(fileKey)).toEqual(wanted.files.map(fileKey));
  expect(copy.metadata.configuration).toEqual(wanted.metadata.configuration);
  expect(copy.files.length).toBe(before.length - metrics.numRemovedFiles + metrics.numCopiedFiles);
  for (const { path } of copy.files) {
    const bytes = async (folder: string) => await localDisk.read(join(folder, path));
    expect((await bytes(target)).equals(await bytes(source)), path).toBe(true);
  }
}
