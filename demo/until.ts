import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again until there is an answer. @throws Error naming what never came about */
export async function until<Result>(
  what: string,
  ask: () => Promise<Result | null> | Result | null,
  limitMs = 90_000,
): Promise<Result> {
  const deadline = Date.now() + limitMs;
  while (Date.now() < deadline) {
    const answer = await ask();
    if (answer !== null) return answer;
    await sleep(200);
  }
  throw new Error(`${what} did not come about within ${limitMs / 1000} s`);
}
