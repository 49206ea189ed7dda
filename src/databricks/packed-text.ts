/**
 * Long texts of the ledger are stored compressed: all parameters of a statement together may hold 1 MB, and a manifest of
 * a thousand tables is larger. Short ones stay as they are, for people who read the table by SQL.
 */
import { gunzipSync, gzipSync } from 'node:zlib';

/** Marks a compressed text. None of the ledger's own begins like this: they are JSON. */
const mark = 'gzip:';

/** A manifest of some two hundred tables is about as long. */
const packedAboveCharacters = 128 * 1024;

export const packText = (text: string): string =>
  text.length > packedAboveCharacters ? mark + gzipSync(text).toString('base64') : text;

/** @throws Error for a text that says it is compressed and is not */
export const unpackText = (stored: string): string =>
  stored.startsWith(mark) ? gunzipSync(Buffer.from(stored.slice(mark.length), 'base64')).toString('utf8') : stored;
