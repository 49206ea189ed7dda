import type { Finding } from './finding.js';
import { placeOf } from './finding.js';

/** Texts that are credentials wherever they stand. Shapes from the vendors' own secret-scanning patterns. */
const credentialShapes: readonly { readonly pattern: RegExp; readonly what: string }[] = [
  { pattern: /\bdapi[0-9a-f]{16,}(-\d+)?\b/i, what: 'a Databricks personal access token' },
  { pattern: /\bdose[0-9a-f]{16,}\b/i, what: 'a Databricks OAuth secret' },
  { pattern: /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}/, what: 'a signed token (JWT)' },
  { pattern: /\bAKIA[0-9A-Z]{16}\b/, what: 'an AWS access key' },
  { pattern: /[?&]sig=[\w%+/=-]{16,}/i, what: 'a storage access signature (SAS)' },
  { pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----/, what: 'a private key' },
  { pattern: /^[a-z][a-z0-9+.-]*:\/\/[^/\s@]*:[^/\s@]+@/i, what: 'a password in a URL' },
];

/** Keys whose value names a secret; a person may have put the secret itself there. */
const namesASecret = /(^|_)pat_key$|^secret_scope$/;

/** A name is short or made of words; a token is a long run of letters and digits without a break. */
const looksRandom = (text: string): boolean => /[A-Za-z0-9+/=]{28,}/.test(text) && /\d/.test(text);

/** What kind of credential a text looks like; null for an innocent one. Values that match are never shown. */
export function credentialIn(text: string, key = ''): string | null {
  const shape = credentialShapes.find(({ pattern }) => pattern.test(text));
  if (shape !== undefined) return shape.what;
  return namesASecret.test(key) && looksRandom(text) ? 'a token, where the name of a secret belongs' : null;
}

/** A value as it may be repeated in a message: shortened, and never a credential. */
export function shown(value: unknown, key = ''): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (credentialIn(text, key) !== null) return '(not shown)';
  return `"${text.length > 60 ? `${text.slice(0, 57)}...` : text}"`;
}

/** Every text in the file that looks like a credential, keys included. */
export function secretsInFile(value: unknown, path: readonly PropertyKey[] = []): Finding[] {
  if (typeof value === 'string') {
    const key = path.findLast((part) => typeof part === 'string');
    const what = credentialIn(value, key === undefined ? '' : String(key));
    return what === null ? [] : [secretFinding(placeOf(path), what)];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const what = credentialIn(key);
    if (what !== null) return [secretFinding(placeOf(path), `${what} as the name of a key`)];
    return secretsInFile(inner, [...path, Array.isArray(value) ? Number(key) : key]);
  });
}

const secretFinding = (place: string, what: string): Finding => ({
  place,
  message: `This looks like ${what}. The configuration names secrets, it never holds them.`,
  remedy: 'Revoke it, put its successor into the secret scope, and write the name of its key here.',
  severity: 'error',
});
