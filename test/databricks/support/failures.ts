import { DrError } from '../../../src/domain/failure.js';

/** The failure that a call ends with. A call that succeeds fails the test. */
export async function failureOf(call: Promise<unknown>): Promise<DrError> {
  try {
    await call;
  } catch (failure) {
    if (failure instanceof DrError) return failure;
    throw failure;
  }
  throw new Error('the call was expected to fail');
}

/** Everything that a log could show of an error, its causes included. */
export function everythingOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const own = Object.getOwnPropertyNames(thrown).map((name) => `${name}: ${String(Reflect.get(thrown, name))}`);
  return [...own, JSON.stringify(thrown), thrown.cause === undefined ? '' : everythingOf(thrown.cause)].join('\n');
}
