import { describe, expect, it } from 'vitest';
import { answerOf } from './examples/version-answers.js';
import { versionRules } from './examples/version-examples.js';

describe.each(versionRules)('atomic: $rule', ({ examples }) => {
  it.each(examples)('$title', (example) => {
    expect(answerOf(example)).toBe(example.answer);
  });
});
