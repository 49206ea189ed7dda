import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { fileKey, localDisk, openSnapshot, vacuum } from '../../../src/local/delta/index.js';
import { adds, author, clone, dataFile, dayMs, newTable, testEnv, useFolder, write } from './support.js';

const folder = useFolder();
const fileBytes = 100_000;

it('restartable: a clone whose process is killed leaves no commit and no half file, and its bytes are written once', async () => {
  const env = testEnv();
  await newTable(env, folder());
  const files = await Promise.all(
    Array.from({ length: 80 }, async () => await dataFile(env, folder(), { bytes: fileBytes })),
  );
  await write(env, folder(), { base: await openSnapshot(env, folder()), actions: adds(...files) });
  const source = await openSnapshot(env, folder());
  const target = folder('target');

  await cloneUntilKilled(folder(), target, 20);
  expect(existsSync(join(target, '_delta_log'))).toBe(false);
  const left = ((await localDisk.list(target)) ?? []).filter(({ path }) => path.endsWith('.parquet'));
  expect(left.length).toBeGreaterThanOrEqual(20);
  expect(left.length).toBeLessThan(files.length);
  expect(left.filter(({ size }) => size !== fileBytes)).toEqual([]);

  let copiedFiles = 0;
  await clone(env, source, target, {
    onBytes: () => {
      copiedFiles += 1;
    },
  });
  expect(copiedFiles).toBe(files.length - left.length);
  expect((await openSnapshot(env, target)).files.map(fileKey)).toEqual(source.files.map(fileKey));

  // What the kill left half-written is hidden from readers, and goes with the next VACUUM that is late enough.
  env.clock.advance(1000 * dayMs);
  await vacuum(env, { folder: target, author });
  const names = ((await localDisk.list(target)) ?? []).map(({ path }) => path);
  expect(new Set(names)).toEqual(new Set(files.map(({ path }) => path)));
});

/** Runs a clone in a process of its own and kills it once so many files are copied, at twice as many at the latest. */
async function cloneUntilKilled(source: string, target: string, copies: number): Promise<void> {
  const script = fileURLToPath(new URL('./clone-child.ts', import.meta.url));
  const args = ['--import', 'tsx', script, source, target, String(2 * copies)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let copied = 0;
  for await (const _line of createInterface({ input: child.stdout })) {
    copied += 1;
    if (copied === copies) child.kill('SIGKILL');
  }
  await exited;
}
