import { describe, expect, it } from 'vitest';
import { checkCuts, shortcomings } from './check-cuts.js';

/** `npm test` lives through this many lives; `npx tsx test/cut/nightly.ts 20000` through as many as one likes. */
const cases = 2_000;

describe('atomic: random histories of runs and commits against an oracle that knows the truth', () => {
  it('every cut is the state at the end of one run, every refusal is needed, nothing goes backwards, most lives are cut', {
    timeout: 300_000,
  }, () => {
    expect(shortcomings(checkCuts(cases, 20_260_105), cases)).toEqual([]);
  });
});
