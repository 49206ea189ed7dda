import { describe, expect, it } from 'vitest';
import { answerOf, snapshotAnswerOf } from './examples/cut-answers.js';
import { cutRules, snapshotExamples } from './examples/cut-examples.js';

describe.each(cutRules)('atomic: $rule', ({ examples }) => {
  it.each(examples)('$title', (example) => {
    expect(answerOf(example)).toBe(example.answer);
  });
});

describe('standalone tables are copied at one instant', () => {
  it.each(snapshotExamples)('$title', (example) => {
    expect(snapshotAnswerOf(example)).toBe(example.answer);
  });
});
