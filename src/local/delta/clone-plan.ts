import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import type { AddFile } from './actions.js';
import { fileKey } from './actions.js';
import { absoluteVector, deletionVectorPath, relativeVector } from './deletion-vector-path.js';
import { isAbsolutePath, partitionFolders } from './paths.js';

/** A file whose bytes the target needs: from a path of the source table to a relative path of the target. */
export interface FileCopy {
  readonly from: string;
  readonly to: string;
}

/** What one clone changes in the target. */
export interface ClonePlan {
  readonly added: readonly AddFile[];
  readonly removed: readonly AddFile[];
  /** Data files and deletion vector files of the added ones, each once; empty for a shallow clone. */
  readonly copies: readonly FileCopy[];
}

interface Source {
  readonly uri: string;
  readonly files: readonly AddFile[];
}

/**
 * Makes the target's files those of the source: by (path, deletion vector), what is new is added and what is gone is
 * removed; the rest stays untouched, which makes a repeated clone incremental.
 *
 * @param present  live files of the target before; none for a new one
 */
export function planClone(source: Source, present: readonly AddFile[], deep: boolean): ClonePlan {
  const wanted = deep
    ? deepFiles(source)
    : source.files.map((file) => ({ file: shallowFile(file, source.uri), from: file }));
  const before = new Map(present.map((file) => [fileKey(file), file]));
  const after = new Set(wanted.map(({ file }) => fileKey(file)));

  const added = wanted.filter(({ file }) => before.get(fileKey(file))?.size !== file.size);
  const removed = present.filter((file) => !after.has(fileKey(file)));
  return { added: added.map(({ file }) => file), removed, copies: deep ? copiesOf(added) : [] };
}

interface Wanted {
  /** As the target holds it. */
  readonly file: AddFile;
  /** As the source holds it. */
  readonly from: AddFile;
}

/** A clone changes data for its readers, and row ids are never carried over (CloneTableBase.scala). */
const asCloned = { dataChange: true, baseRowId: null, defaultRowCommitVersion: null } as const;

function shallowFile(file: AddFile, sourceUri: string): AddFile {
  return {
    ...file,
    ...asCloned,
    path: isAbsolutePath(file.path) ? file.path : `${sourceUri}/${file.path}`,
    deletionVector: file.deletionVector === null ? null : absoluteVector(file.deletionVector, sourceUri),
  };
}

/** File names stay, so that a re-clone recognises them. */
function deepFiles({ files }: Source): readonly Wanted[] {
  return files.map((from) => {
    const deletionVector = from.deletionVector === null ? null : relativeVector(from.deletionVector);
    return { from, file: { ...from, ...asCloned, path: relativePath(from), deletionVector } };
  });
}

/**
 * A file that a shallow clone points to gets a place in the target's folder. Its name alone decides which: a choice that
 * looked at the other files could give the place of one file to another at the next clone. A name with a UUID is unique,
 * any other is made so by where the file lies.
 */
function relativePath({ path, partitionValues }: AddFile): string {
  if (!isAbsolutePath(path)) return path;
  const name = posix.basename(path);
  const unique = hasUuid.test(name) ? name : `${createHash('sha256').update(path).digest('hex').slice(0, 32)}-${name}`;
  return [...partitionFolders(Object.keys(partitionValues), partitionValues), unique].join('/');
}

const hasUuid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;

function copiesOf(added: readonly Wanted[]): readonly FileCopy[] {
  const byTarget = new Map<string, FileCopy>();
  for (const { file, from } of added) {
    byTarget.set(file.path, { from: from.path, to: file.path });
    if (file.deletionVector === null || from.deletionVector === null) continue;
    const source = deletionVectorPath(from.deletionVector);
    const target = deletionVectorPath(file.deletionVector);
    if (source !== null && target !== null) byTarget.set(target, { from: source, to: target });
  }
  return [...byTarget.values()];
}
