import { isAbsolute, join, normalize, relative, resolve, sep } from 'node:path';

/**
 * Where cloud storage lies on this machine: URI prefixes (`abfss://container@account.dfs.core.windows.net`) to folders.
 * Both regions share one map, since a region may address the other's storage through an external location; whether a
 * principal may is the catalog's business, not this one's.
 */
export class StorageMap {
  readonly #folderByPrefix = new Map<string, string>();

  constructor(entries: Readonly<Record<string, string>> = {}) {
    for (const [prefix, folder] of Object.entries(entries)) this.add(prefix, folder);
  }

  /** Maps everything at and below `prefix` to `folder`. A longer prefix wins over a shorter one. */
  add(prefix: string, folder: string): void {
    this.#folderByPrefix.set(normalizeUri(prefix), resolve(folder));
  }

  /** Prefix to folder, as the stack file shows it. */
  entries(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#folderByPrefix);
  }

  /** The folder or file behind a URI; undefined where no prefix covers it or the path would leave its prefix. */
  toFolder(uri: string): string | undefined {
    const wanted = normalizeUri(uri);
    const prefix = this.#longest([...this.#folderByPrefix.keys()].filter((candidate) => covers(candidate, wanted)));
    const root = prefix === undefined ? undefined : this.#folderByPrefix.get(prefix);
    if (prefix === undefined || root === undefined) return undefined;
    const folder = normalize(join(root, wanted.slice(prefix.length)));
    return isInside(root, folder) ? folder : undefined;
  }

  /** The URI of a folder or file; undefined where it lies below no mapped folder. */
  toUri(path: string): string | undefined {
    const wanted = resolve(path);
    const matches = [...this.#folderByPrefix].filter(([, root]) => isInside(root, wanted));
    const root = this.#longest(matches.map(([, folder]) => folder));
    const match = matches.find(([, folder]) => folder === root);
    if (match === undefined || root === undefined) return undefined;
    const rest = relative(root, wanted).split(sep).join('/');
    return rest === '' ? match[0] : `${match[0]}/${rest}`;
  }

  #longest(candidates: readonly string[]): string | undefined {
    return candidates.toSorted((a, b) => b.length - a.length)[0];
  }
}

/** A storage URI without its trailing slashes, so that two spellings of one place compare equal. */
export function normalizeUri(uri: string): string {
  return uri.replace(/\/+$/, '');
}

/** Whether `uri` is `parent` or lies below it. Both normalized. */
export function covers(parent: string, uri: string): boolean {
  return uri === parent || uri.startsWith(`${parent}/`);
}

function isInside(root: string, path: string): boolean {
  const rest = relative(root, path);
  return rest === '' || !(rest === '..' || rest.startsWith(`..${sep}`) || isAbsolute(rest));
}
