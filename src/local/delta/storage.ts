import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { copyFile, link, mkdir, rename, rm, stat, unlink, utimes, writeFile } from 'node:fs/promises';
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

/**
 * The local disk. Looks and reads are done at once, not by Node's pool of four threads: what a log holds lies in the
 * system's cache, where a look takes some microseconds, a turn through the pool many times that in CPU alone, and behind
 * the copies of large files a second. Whatever writes takes its turn there.
 */
export const localDisk: Storage = {
  list: async (folder, options) => listFolder(folder, '', options?.recursive ?? false),

  stat: async (path) => statFile(path),

  read: async (path, range) => {
    if (range === undefined) return readFileSync(path);
    const file = openSync(path, 'r');
    try {
      const buffer = Buffer.alloc(range.length);
      const bytesRead = readSync(file, buffer, 0, range.length, range.start);
      return buffer.subarray(0, bytesRead);
    } finally {
      closeSync(file);
    }
  },

  putIfAbsent: async (path, content, modifiedAtMs) =>
    await viaTemporaryFile(path, async (temporary) => {
      await writeFile(temporary, content);
      await setModifiedAt(temporary, modifiedAtMs);
      const created = await linked(temporary, path);
      await unlink(temporary);
      return created;
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

/** A hard link fails where the name is taken: the one primitive of a local disk that is atomic put-if-absent. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** @param use moves the temporary file away, or deletes it */
async function viaTemporaryFile<T>(path: string, use: (temporary: string) => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = temporaryName(path);
  try {
    return await use(temporary);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function statFile(path: string): { readonly size: number; readonly modifiedAtMs: number } | null {
  const found = unlessMissing(() => statSync(path, { throwIfNoEntry: false })) ?? null;
  return found && { size: found.size, modifiedAtMs: Math.floor(found.mtimeMs) };
}

/** Folders and files may vanish between a listing and the look at them; what is gone is left out. */
function listFolder(folder: string, prefix: string, recursive: boolean): StoredFile[] | null {
  const entries = unlessMissing(() => readdirSync(folder, { withFileTypes: true }));
  if (entries === null) return null;
  const found: StoredFile[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    const shown = `${prefix}${entry.name}`;
    if (entry.isDirectory()) {
      if (recursive) found.push(...(listFolder(path, `${shown}/`, true) ?? []));
      continue;
    }
    const file = statFile(path);
    if (file !== null) found.push({ path: shown, ...file });
  }
  return found;
}

/** null where file or folder is not there. */
function unlessMissing<T>(look: () => T): T | null {
  try {
    return look();
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined);
const isMissing = (error: unknown) => codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';
