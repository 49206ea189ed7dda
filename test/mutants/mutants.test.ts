/**
 * The mutants themselves, quickly: `npm run test:mutants` tells nightly whether the tests notice them, and a patch that does
 * not apply any more would only then be seen to break nothing.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cutRules } from '../cut/examples/cut-examples.js';
import { runRules } from '../cut/examples/run-examples.js';
import { versionRules } from '../cut/examples/version-examples.js';
import { mutantsOf } from './rules.js';

const root = join(import.meta.dirname, '../..');
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.patch'))
  .map((file) => file.replace(/\.patch$/, ''));
const patchOf = (name: string): string => join(import.meta.dirname, `${name}.patch`);

/** When a group syncs, tells its age, copies its ledger, keeps its staging: rules of other pages. */
const ofOtherPages = /^(completion|gap|half-way|ledger|rpo|staging)-/;

let copy: string;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'mutants-'));
  cpSync(join(root, 'src/domain'), join(copy, 'src/domain'), { recursive: true });
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** In a copy, for `git apply` leaves out what lies outside of a checkout, and there need not be one. */
function apply(name: string): string {
  const { status, stderr, error } = spawnSync('git', ['apply', '--check', patchOf(name)], {
    cwd: copy,
    encoding: 'utf8',
    env: { ...process.env, GIT_CEILING_DIRECTORIES: dirname(copy) },
  });
  if (error) throw error;
  return status === 0 ? '' : stderr;
}

describe('mutants', () => {
  it.each(names)('%s applies', (name) => {
    expect(apply(name)).toBe('');
  });

  it('each breaks one place: what is noticed is this rule', () => {
    for (const name of names) {
      const hunks = readFileSync(patchOf(name), 'utf8').match(/^@@ /gm) ?? [];
      expect(hunks.length, name).toBe(1);
    }
  });

  it('break every rule of docs/cut.md', () => {
    const rules = [...runRules, ...versionRules, ...cutRules].map(({ rule }) => rule);
    const headings = readFileSync(join(root, 'docs/cut.md'), 'utf8').matchAll(/^## (.+)$/gm);
    const unheard = Object.keys(mutantsOf).filter((rule) => !rules.includes(rule));
    expect([...headings].map(([, heading]) => heading)).toEqual(expect.arrayContaining(unheard));
    for (const rule of rules) expect(mutantsOf[rule] ?? [], rule).not.toEqual([]);
  });

  it('break a rule of it each, and stand there once', () => {
    const listed = Object.values(mutantsOf).flat();
    expect(listed.toSorted()).toEqual(names.filter((name) => !ofOtherPages.test(name)).toSorted());
  });
});
