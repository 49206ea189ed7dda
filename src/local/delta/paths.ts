import { randomUUID } from 'node:crypto';
import { isAbsolute, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SqlError } from '../sql/statement.js';
import type { PartitionValues } from './actions.js';
import type { DeltaEnv } from './env.js';

/** True for a path that does not stand below the table's own folder: an URI, or absolute on the file system. */
export const isAbsolutePath = (path: string): boolean => path.startsWith('/') || /^[a-z][a-z0-9+.-]*:\//i.test(path);

/** From the URI-encoded form of the log (PROTOCOL.md, "Add File"). */
export function decodePath(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch (cause) {
    throw new SqlError('DELTA_INVALID_PATH', '42K03', `File path ${encoded} in the Delta log is no valid URI.`, {
      cause,
    });
  }
}

/** Into the URI-encoded form of the log. */
export const encodePath = (path: string): string =>
  encodeURI(path).replace(/[?#[\]]/g, (character) => encodeURIComponent(character));

/**
 * Local path of a file of the table in `folder`.
 *
 * @param path  decoded path of an add or remove: relative, or an absolute URI, which `env.resolveUri` maps
 * @throws SqlError when a relative path would leave the table's folder
 */
export function dataFilePath(env: Pick<DeltaEnv, 'resolveUri'>, folder: string, path: string): string {
  if (isAbsolutePath(path)) return env.resolveUri(path);
  const file = resolve(folder, path);
  if (!file.startsWith(resolve(folder) + sep)) {
    throw new SqlError('DELTA_INVALID_PATH', '42K03', `File path ${path} in the Delta log leads out of ${folder}.`);
  }
  return file;
}

/** Resolves what stands for a local file by itself: `file:` URIs and absolute paths. */
export function resolveFileUri(uri: string): string {
  if (isAbsolute(uri)) return uri;
  if (/^file:\//i.test(uri)) return fileURLToPath(encodePath(uri).replace(/^file:\/(?!\/)/i, 'file:///'));
  throw new SqlError('PATH_NOT_FOUND', '42K03', `Path does not exist: ${uri}; it is not mapped to a local folder.`);
}

/** What Hive and Spark escape in the names of partition folders. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what has to be escaped.
const unsafeInFolderName = /[\u0000-\u001f"#%'*/:=?\\\u007f{[\]^]/g;

const folderName = (text: string) =>
  text.replace(
    unsafeInFolderName,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );

/** Hive-style names of the folders in which files of a partition lie. */
export const partitionFolders = (columns: readonly string[], values: PartitionValues): readonly string[] =>
  columns.map((column) => {
    const value = values[column] ?? null;
    return `${folderName(column)}=${value === null || value === '' ? '__HIVE_DEFAULT_PARTITION__' : folderName(value)}`;
  });

/** Relative path for a new data file: partition folders and a unique name like Spark's. */
export const newDataFilePath = (partitionColumns: readonly string[], values: PartitionValues): string =>
  [...partitionFolders(partitionColumns, values), `part-00000-${randomUUID()}-c000.snappy.parquet`].join('/');

export const logFolder = (folder: string): string => join(folder, '_delta_log');
