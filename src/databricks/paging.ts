import { DrError } from '../domain/failure.js';

/** One page of a list, and where the next one is; absent or empty: nowhere. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

/** More pages than anything that the product lists can have: a list that goes on is a server that repeats itself. */
const maxPages = 200;

/**
 * The pages of a list as they come; the reader stops when it has enough.
 * @param what for people, for example `runs of job 7`
 * @throws UNEXPECTED_ANSWER when the list does not end
 */
export async function* pagesOf<T>(
  what: string,
  fetchPage: (token: string | undefined) => Promise<Page<T>>,
): AsyncGenerator<readonly T[]> {
  let token: string | undefined;
  for (let page = 0; page < maxPages; page += 1) {
    const { items, next } = await fetchPage(token);
    yield items;
    if (next === undefined || next === '') return;
    token = next;
  }
  throw new DrError('UNEXPECTED_ANSWER', `The list of ${what} does not end after ${maxPages} pages.`);
}

/** The whole list. */
export async function allOf<T>(
  what: string,
  fetchPage: (token: string | undefined) => Promise<Page<T>>,
): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const items of pagesOf(what, fetchPage)) all.push(...items);
  return all;
}
