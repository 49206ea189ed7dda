import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import type { DeletionVector } from './actions.js';
import { decodePath, encodePath } from './paths.js';
import { decodeZ85, encodeZ85 } from './z85.js';

/** Where deletion vectors lie, and how they are renamed when a table is cloned (PROTOCOL.md, "Deletion Vectors"). */

const uuidCharacters = 20;

/** Path of the file that holds the vector: relative to the table, or an absolute URI; null for an inline one. */
export function deletionVectorPath({ storageType, pathOrInlineDv }: DeletionVector): string | null {
  if (storageType === 'i') return null;
  if (storageType === 'p') return decodePath(pathOrInlineDv);
  const prefix = pathOrInlineDv.slice(0, -uuidCharacters);
  const hex = decodeZ85(pathOrInlineDv.slice(-uuidCharacters)).toString('hex');
  const name = `deletion_vector_${dashed(hex)}.bin`;
  return prefix === '' ? name : `${prefix}/${name}`;
}

const dashed = (hex: string) => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** The vector as a shallow clone points to it: absolute, below the source's root URI. */
export function absoluteVector(vector: DeletionVector, sourceUri: string): DeletionVector {
  const path = deletionVectorPath(vector);
  if (path === null || vector.storageType === 'p') return vector;
  return { ...vector, storageType: 'p', pathOrInlineDv: encodePath(`${sourceUri}/${path}`) };
}

/** The vector as a deep clone holds it: relative to the clone, under the same file name where that has the usual form. */
export function relativeVector(vector: DeletionVector): DeletionVector {
  const path = deletionVectorPath(vector);
  if (path === null || vector.storageType === 'u') return vector;
  const named = /^deletion_vector_([0-9a-f-]{36})\.bin$/i.exec(posix.basename(path))?.[1]?.replaceAll('-', '');
  // A name of its own choosing becomes a UUID that is the same at each clone, so that a re-clone finds it unchanged.
  const hex = named ?? createHash('sha256').update(path).digest('hex').slice(0, 32);
  return { ...vector, storageType: 'u', pathOrInlineDv: encodeZ85(Buffer.from(hex, 'hex')) };
}
