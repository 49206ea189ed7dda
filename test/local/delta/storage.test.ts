import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { localDisk } from '../../../src/local/delta/index.js';
import { useFolder } from './support.js';

const folder = useFolder();

it('of many writers of one name exactly one wins, and its content stays', async () => {
  const path = join(folder(), 'log', '00.json');
  const writers = Array.from({ length: 20 }, (_, index) => Buffer.alloc(10_000, String(index % 10)));
  const won = await Promise.all(
    writers.map(async (content) => await localDisk.putIfAbsent(path, content, 1_700_000_000_123)),
  );
  expect(won.filter(Boolean)).toHaveLength(1);
  const winner = writers[won.indexOf(true)];
  expect((await localDisk.read(path)).equals(winner ?? Buffer.of())).toBe(true);
  expect(await localDisk.stat(path)).toEqual({ size: 10_000, modifiedAtMs: 1_700_000_000_123 });
  expect(await readdir(join(folder(), 'log'))).toEqual(['00.json']);
});

it('lists what is below a folder, or that there is no folder', async () => {
  await mkdir(join(folder(), 'a', 'b'), { recursive: true });
  await writeFile(join(folder(), 'a', 'b', 'deep'), '123');
  await writeFile(join(folder(), 'a', 'flat'), '1');
  const names = async (recursive: boolean) =>
    new Set((await localDisk.list(join(folder(), 'a'), { recursive }))?.map(({ path, size }) => `${path}:${size}`));
  expect(await names(false)).toEqual(new Set(['flat:1']));
  expect(await names(true)).toEqual(new Set(['flat:1', 'b/deep:3']));
  expect(await localDisk.list(join(folder(), 'nowhere'))).toBeNull();
});

it('reads a range, and throws where the file is missing', async () => {
  await localDisk.write(join(folder(), 'file'), Buffer.from('0123456789'));
  expect((await localDisk.read(join(folder(), 'file'), { start: 3, length: 4 })).toString()).toBe('3456');
  await expect(localDisk.read(join(folder(), 'nothing'))).rejects.toThrow('ENOENT');
  await expect(localDisk.delete(join(folder(), 'nothing'))).resolves.toBeUndefined();
});

it('a copy that fails leaves nothing under the name it was to have', async () => {
  const copy = localDisk.copy(join(folder(), 'nothing'), join(folder(), 'to', 'copy'));
  await expect(copy).rejects.toThrow('ENOENT');
  expect(await readdir(join(folder(), 'to'))).toEqual([]);
});
