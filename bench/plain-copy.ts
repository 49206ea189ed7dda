import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readdir, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/** As many at once as the local pair's own clones copy. */
const parallelCopies = 4;
const chunkBytes = 1 << 20;

/** Data files below a folder: what a clone copies. */
export async function dataFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.parquet') && !entry.parentPath.includes('_delta_log'))
    .map((entry) => join(entry.parentPath, entry.name));
}

export async function bytesOf(files: readonly string[]): Promise<number> {
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  return sizes.reduce((total, size) => total + size, 0);
}

/** Copies files to a folder by reading and writing their bytes: no file system can share blocks instead. */
export async function copyBytes(files: readonly string[], from: string, to: string): Promise<readonly string[]> {
  const queue = files.values();
  const copied: string[] = [];
  const work = async (): Promise<void> => {
    const buffer = Buffer.allocUnsafe(chunkBytes);
    for (const file of queue) {
      const target = join(to, relative(from, file));
      await mkdir(dirname(target), { recursive: true });
      await copyFile(file, target, buffer);
      copied.push(target);
    }
  };
  await Promise.all(Array.from({ length: parallelCopies }, work));
  return copied;
}

async function copyFile(from: string, to: string, buffer: Buffer): Promise<void> {
  const source = await open(from, 'r');
  try {
    const target = await open(to, 'w');
    try {
      while (true) {
        const { bytesRead } = await source.read(buffer, 0, buffer.length, null);
        if (bytesRead === 0) return;
        await target.write(buffer, 0, bytesRead);
      }
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/**
 * The same start for whoever is measured: nothing left to be written out, and every file in the page cache.
 */
export async function levelPageCache(files: readonly string[]): Promise<void> {
  const [code] = (await once(spawn('sync', { stdio: 'ignore' }), 'close')) as [number | null];
  if (code !== 0) throw new Error(`sync ended with ${code}.`);
  const buffer = Buffer.allocUnsafe(chunkBytes);
  for (const file of files) {
    const source = await open(file, 'r');
    try {
      while ((await source.read(buffer, 0, buffer.length, null)).bytesRead > 0);
    } finally {
      await source.close();
    }
  }
}
