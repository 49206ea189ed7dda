/** The texts in the order of their UTF-16 code units, which no locale changes. */
export const sorted = (texts: Iterable<string>): string[] => [...texts].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
