import { DrError } from '../domain/failure.js';

/** A table by its registered name, or a Delta table by its place. */
export type TableRef =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'path'; readonly location: string };

export const named = (name: string): TableRef => ({ kind: 'name', name });
export const atPath = (location: string): TableRef => ({ kind: 'path', location });

/** Backticks are doubled, so that no text can end the identifier that it stands in. */
export const quoteIdentifier = (text: string): string => `\`${text.replaceAll('`', '``')}\``;

/**
 * Unity Catalog allows no space, slash, period or control character in a name; at most 255 characters.
 * Source: language manual, "Names".
 */
const namePart = /^[^\s\p{C}./\\]{1,255}$/u;

/**
 * `catalog.schema.table`, each part quoted.
 * @throws UNSUPPORTED_TABLE when it has not exactly three parts, or a part has a character that no table can have
 */
export function quoteTableName(name: string): string {
  const parts = name.split('.');
  if (parts.length !== 3 || !parts.every((part) => namePart.test(part))) {
    throw new DrError('UNSUPPORTED_TABLE', `${JSON.stringify(name)} is not a table name that can be copied.`, {
      remedy: 'Name the table as catalog.schema.table, without spaces, slashes or control characters.',
    });
  }
  return parts.map(quoteIdentifier).join('.');
}

const authority = '[A-Za-z0-9][A-Za-z0-9._@-]{0,300}';
const locationPattern = new RegExp(`^(?:abfss|s3|gs)://${authority}(/.*)?$`, 'su');
/** Quotes, escapes, wildcards and everything that a URI parser treats as more than a character of a path. */
const unsafeInPath = /[\s\p{C}'"`\\?#%*{}[\]<>|^;]/u;

/**
 * A storage URI as it stands, after a check that it can hold neither quotes nor anything that leads out of its folder.
 * @throws LOCATION_NOT_FOUND
 */
export function checkedLocation(uri: string): string {
  const match = locationPattern.exec(uri);
  const path = match?.[1] ?? '';
  const segments = path.split('/').slice(1);
  const strays = segments.some((segment) => segment === '' || segment === '.' || segment === '..');
  if (match === null || unsafeInPath.test(path) || strays || uri.length > 2000) {
    throw new DrError('LOCATION_NOT_FOUND', `${JSON.stringify(uri)} is not a storage location that can be used.`, {
      remedy:
        'Use an abfss://, s3:// or gs:// URI whose path has no spaces, quotes, wildcards, empty or relative segments, ' +
        'and no trailing slash.',
    });
  }
  return uri;
}

/** A table as a statement names it. */
export const quoteTable = (table: TableRef): string =>
  table.kind === 'name' ? quoteTableName(table.name) : `delta.${quoteIdentifier(checkedLocation(table.location))}`;

/** @throws UNEXPECTED_ANSWER when it is no version: it came from a history or a ledger that says nonsense */
export function checkedVersion(version: number): string {
  if (!Number.isSafeInteger(version) || version < 0) {
    throw new DrError('UNEXPECTED_ANSWER', `${String(version)} is not a table version.`);
  }
  return String(version);
}

/** @throws UNEXPECTED_ANSWER when it is no whole number that can be written as it stands */
export function checkedInteger(value: unknown): string {
  if (!Number.isSafeInteger(value)) {
    throw new DrError('UNEXPECTED_ANSWER', `${JSON.stringify(value)} is not a whole number.`);
  }
  return String(value);
}

/**
 * A string literal of plain characters only. Quotes and backslashes are refused instead of escaped: how a backslash is
 * read depends on the session, and nothing that belongs in our literals has one.
 * @throws UNEXPECTED_ANSWER
 */
export function plainLiteral(text: string, what: string): string {
  if (!/^[A-Za-z0-9 ._:/@+=,-]*$/.test(text)) {
    throw new DrError('UNEXPECTED_ANSWER', `The ${what} ${JSON.stringify(text)} has characters that can't be written.`);
  }
  return `'${text}'`;
}
