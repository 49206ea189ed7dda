import { describe, expect, it } from 'vitest';
import { checkCuts } from './check-cuts.js';

describe('atomic: over random histories of runs and commits', () => {
  it('every cut equals the state at the end of one run, and every refusal is needed', { timeout: 300_000 }, () => {
    const tally = checkCuts(2_000, 20_260_105);
    const of = (prefix: string): number =>
      [...tally].filter(([what]) => what.startsWith(prefix)).reduce((sum, [, times]) => sum + times, 0);
    console.log(tally);
    expect(of('cut: cut') / of('cut: ')).toBeGreaterThan(0.6);
  });
});
