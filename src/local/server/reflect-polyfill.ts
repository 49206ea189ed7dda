/**
 * `@peculiar/x509` wires its parts with tsyringe, which demands the metadata part of the Reflect proposal at load time
 * and uses three functions of it. Import this before it.
 */
const stores = new WeakMap<object, Map<unknown, unknown>>();

function getOwnMetadata(key: unknown, target: object): unknown {
  return stores.get(target)?.get(key);
}

function getMetadata(key: unknown, target: object): unknown {
  for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at)) {
    const value = getOwnMetadata(key, at);
    if (value !== undefined) return value;
  }
  return undefined;
}

function defineMetadata(key: unknown, value: unknown, target: object): void {
  stores.set(target, (stores.get(target) ?? new Map<unknown, unknown>()).set(key, value));
}

// Somebody else's full polyfill, loaded before, is left in place.
if (!('getMetadata' in Reflect)) Object.assign(Reflect, { getMetadata, getOwnMetadata, defineMetadata });
