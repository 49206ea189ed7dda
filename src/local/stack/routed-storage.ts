import { sep } from 'node:path';
import type { Storage } from '../delta/index.js';

/**
 * One storage for all that both regions keep: each access goes to the storage of the region that the path lies in, with
 * that region's faults. So a sender in a healthy region meets the outage of the region it sends to.
 */
export function routedStorage(byFolder: Readonly<Record<string, Storage>>): Storage {
  const find = (path: string): Storage | undefined =>
    Object.entries(byFolder).find(([folder]) => path === folder || path.startsWith(`${folder}${sep}`))?.[1];
  const of = (path: string): Storage => {
    const found = find(path);
    if (!found) throw new Error(`No region of the local pair keeps ${path}.`);
    return found;
  };
  return {
    list: (folder, options) => of(folder).list(folder, options),
    stat: (path) => of(path).stat(path),
    read: (path, range) => of(path).read(path, range),
    putIfAbsent: (path, content, modifiedAtMs) => of(path).putIfAbsent(path, content, modifiedAtMs),
    write: (path, content) => of(path).write(path, content),
    copy: async (from, to, modifiedAtMs) => {
      // The source's side of the copy: its region must answer, too. What the engine has just computed comes from no region.
      const source = find(from);
      if (source !== of(to)) await source?.stat(from);
      return await of(to).copy(from, to, modifiedAtMs);
    },
    delete: (path) => of(path).delete(path),
  };
}
