import { randomUUID } from 'node:crypto';
import { copyFile, link, mkdir, open, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** A stored file as a listing shows it. */
export interface StoredFile {
  /** Path below the listed folder, `/` between its parts. */
  readonly path: string;
  readonly size: number;
  /** Epoch milliseconds, whole. */
  readonly modifiedAtMs: number;
}

/**
 * Every access of the Delta library to files, so that faults, latency and counters can be put around it.
 * Paths are absolute local paths. All writing is all-or-nothing: a reader never sees half a file.
 */
export interface Storage {
  /** Files of a folder (with `recursive`, of everything below it); null when the folder does not exist. */
  list(folder: string, options?: { readonly recursive?: boolean }): Promise<readonly StoredFile[] | null>;
  /** null when there is no such file. */
  stat(path: string): Promise<{ readonly size: number; readonly modifiedAtMs: number } | null>;
  /** The whole file, or `length` bytes from `start`. Throws where the file is missing. */
  read(path: string, range?: { readonly start: number; readonly length: number }): Promise<Buffer>;
  /**
   * Creates the file with this content and modification time, unless it exists.
   * @returns false when the file was there already; its content is then untouched
   */
  putIfAbsent(path: string, content: Uint8Array, modifiedAtMs: number): Promise<boolean>;
  /** Creates or replaces the file. */
  write(path: string, content: Uint8Array): Promise<void>;
  /**
   * Copies a file, creating folders on the way. Whoever has a clock of its own passes the modification time (VACUUM
   * compares it with that clock); the system's time where left out.
   * @returns bytes written
   */
  copy(from: string, to: string, modifiedAtMs?: number): Promise<number>;
  /** Deletes a file; one that is not there is fine. */
  delete(path: string): Promise<void>;
}

/** Suffix of files that are being written. A leading dot hides them from every Delta reader; VACUUM collects those left by a kill. */
const temporarySuffix = '.tmp';

const temporaryName = (path: string) => join(dirname(path), `.${basename(path)}.${randomUUID()}${temporarySuffix}`);

/** True for a file that a killed writer of this module may have left behind. */
export const isTemporaryFile = (path: string): boolean =>
  basename(path).startsWith('.') && path.endsWith(temporarySuffix);

/** The local disk. */
export const localDisk: Storage = {
  list: async (folder, options) => await listFolder(folder, '', options?.recursive ?? false),

  stat: async (path) => {
    try {
      const { size, mtimeMs } = await stat(path);
      return { size, modifiedAtMs: Math.floor(mtimeMs) };
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  },

  read: async (path, range) => {
    if (range === undefined) return await readFile(path);
    const file = await open(path);
    try {
      const buffer = Buffer.alloc(range.length);
      const { bytesRead } = await file.read(buffer, 0, range.length, range.start);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  },

  putIfAbsent: async (path, content, modifiedAtMs) =>
    await viaTemporaryFile(path, async (temporary) => {
      await writeFile(temporary, content);
      await setModifiedAt(temporary, modifiedAtMs);
      try {
        // A hard link fails where the name is taken: the one primitive of a local disk that is atomic put-if-absent.
        await link(temporary, path);
        return true;
      } catch (error) {
        if (codeOf(error) === 'EEXIST') return false;
        throw error;
      }
    }),

  write: async (path, content) => {
    await viaTemporaryFile(path, async (temporary) => {
      await writeFile(temporary, content);
      await rename(temporary, path);
    });
  },

  copy: async (from, to, modifiedAtMs) =>
    await viaTemporaryFile(to, async (temporary) => {
      await copyFile(from, temporary);
      if (modifiedAtMs !== undefined) await setModifiedAt(temporary, modifiedAtMs);
      const { size } = await stat(temporary);
      await rename(temporary, to);
      return size;
    }),

  delete: async (path) => {
    await rm(path, { force: true });
  },
};

async function setModifiedAt(path: string, ms: number): Promise<void> {
  // The small addition keeps the seconds, a double, from falling below the whole millisecond.
  const seconds = (ms + 0.01) / 1000;
  await utimes(path, seconds, seconds);
}

async function viaTemporaryFile<T>(path: string, use: (temporary: string) => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = temporaryName(path);
  try {
    return await use(temporary);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Folders and files may vanish between a listing and the look at them; what is gone is left out. */
async function listFolder(folder: string, prefix: string, recursive: boolean): Promise<StoredFile[] | null> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw error;
  });
  if (entries === null) return null;
  const found: StoredFile[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    const shown = `${prefix}${entry.name}`;
    if (entry.isDirectory()) {
      if (recursive) found.push(...((await listFolder(path, `${shown}/`, true)) ?? []));
      continue;
    }
    const file = await localDisk.stat(path);
    if (file !== null) found.push({ path: shown, ...file });
  }
  return found;
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined);
const isMissing = (error: unknown) => codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';
