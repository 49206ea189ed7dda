export const exactly = (name: string): string => name;
const regardlessOfCase = (name: string): string => name.toLowerCase();

/** Each thing whose name an earlier one has, with that earlier one. */
export function repeats<T>(
  things: readonly T[],
  nameOf: (thing: T) => string | null,
  normal: (name: string) => string = regardlessOfCase,
): { first: T; again: T }[] {
  const firsts = new Map<string, T>();
  return things.flatMap((again) => {
    const name = nameOf(again);
    if (name === null) return [];
    const first = firsts.get(normal(name));
    if (first !== undefined) return [{ first, again }];
    firsts.set(normal(name), again);
    return [];
  });
}
