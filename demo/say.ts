/** What the demo says, and its tally of claims. */

const started = Date.now();

const clock = (): string => `${Math.round((Date.now() - started) / 1000)}s`.padStart(5);

/** A line of the story. */
export const say = (text: string): void => {
  process.stdout.write(`${clock()}  ${text}\n`);
};

/** What somebody would type at this point. */
export const typed = (command: string): void => {
  process.stdout.write(`       $ ${command}\n`);
};

export const chapter = (number: number, title: string): void => {
  process.stdout.write(`\n${number}. ${title}\n`);
};

/** Claims that were proved, and those that were not. */
export interface Tally {
  readonly proved: string[];
  readonly failed: string[];
}

export const newTally = (): Tally => ({ proved: [], failed: [] });

/** States a claim together with the outcome of the comparison that proves it. */
export function claim(tally: Tally, text: string, problems: readonly string[]): void {
  (problems.length === 0 ? tally.proved : tally.failed).push(text);
  process.stdout.write(`${clock()}  ${problems.length === 0 ? 'PROVED' : 'FAILED'}  ${text}\n`);
  for (const problem of problems) process.stdout.write(`               ${problem}\n`);
}

export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  if (count < 1_000_000) return `${(count / 1000).toFixed(1)} kB`;
  return `${(count / 1_000_000).toFixed(1)} MB`;
}
