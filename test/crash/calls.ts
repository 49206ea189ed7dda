/** Every call that the product makes to a region, by what it asks; and a fault at the first of a kind. */
import type { Region } from '../../src/domain/region.js';
import type { Fault, FaultBoard } from '../../src/local/server/faults.js';

/** Seen calls in the order of their first time; `strike` is asked about each and may break it. */
export interface CallWatch {
  readonly names: () => readonly string[];
  strike: (name: string) => Fault | null;
  reset(): void;
}

/** Listens where every request of the pair passes: its board of faults. */
export function watchCalls(faults: FaultBoard): CallWatch {
  const seen = new Set<string>();
  const watch: CallWatch = { names: () => [...seen], strike: () => null, reset: () => seen.clear() };
  const original = faults.hit.bind(faults);
  faults.hit = (region, part, what, kinds) => {
    // Only requests can lose their response; what the engine asks about its own writes is no call of the product's.
    if (part === 'storage' || !kinds.includes('drop-response')) return original(region, part, what, kinds);
    const name = callName(region, what);
    if (!seen.has(name)) {
      seen.add(name);
      const fault = watch.strike(name);
      if (fault) return fault;
    }
    return original(region, part, what, kinds);
  };
  return watch;
}

/** `secondary thrift ExecuteStatement DESCRIBE HISTORY`, `primary POST /api/2.0/sql/statements DEEP CLONE`. */
function callName(region: Region, what: string): string {
  const thrift = /^\S*#(\w+)/.exec(what);
  const sql = /\b(DESCRIBE (?:HISTORY|DETAIL|TABLE)|DEEP CLONE|INSERT INTO|CREATE TABLE|SELECT|SHOW \w+)\b/.exec(
    what,
  )?.[1];
  if (thrift) return [region, 'thrift', thrift[1], sql].filter(Boolean).join(' ');
  const [method = '', path = ''] = what.split(/[ ?]/);
  const withoutIds = path.startsWith('/') ? path.replace(/\/[^/]*\d[^/]*(?=\/|$)/g, keepVersions) : method;
  return [region, path.startsWith('/') ? method : '', withoutIds, sql].filter(Boolean).join(' ');
}

/** Segments with digits are ids, but for the API's own version. */
const keepVersions = (segment: string): string => (/^\/\d\.\d$/.test(segment) ? segment : '/*');
