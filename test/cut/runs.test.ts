import { describe, expect, it } from 'vitest';
import { answerOf } from './examples/run-answers.js';
import { runRules } from './examples/run-examples.js';

describe.each(runRules)('atomic: $rule', ({ examples }) => {
  it.each(examples)('$title', (example) => {
    expect(answerOf(example)).toBe(example.answer);
  });
});
