import { describe, expect, it } from 'vitest';
import type { Tally } from './check-cuts.js';
import { checkCuts } from './check-cuts.js';

/** `npm test` lives through this many lives; `npx tsx test/cut/nightly.ts 20000` through as many as one likes. */
const cases = 2_000;

describe('atomic: random histories of runs and commits against an oracle that knows the truth', () => {
  let tally: Tally;

  it('every cut is the state at the end of one run, every refusal is needed, nothing goes backwards', {
    timeout: 300_000,
  }, () => {
    tally = checkCuts(cases, 20_260_105);
  });

  const times = (what: string): number => tally.get(what) ?? 0;

  it('most lives are cut, so that always refusing would not pass', () => {
    expect(times('life: cut') / cases).toBeGreaterThan(0.6);
    expect(times('cut: cut') / times('run: cut')).toBeGreaterThan(0.6);
  });

  it.each(['CUT_NOT_PURE', 'AMBIGUOUS_COMMIT', 'VERSION_EXPIRED'])('%s was needed now and then', (code) => {
    expect(times(`refused: ${code}`)).toBeGreaterThan(0);
  });

  it.each(['run: wait', 'run: hold', 'run: nothing', 'run: never-ran', 'cut: wait'])(
    'the answer "%s" came up',
    (what) => {
      expect(times(what)).toBeGreaterThan(0);
    },
  );
});
