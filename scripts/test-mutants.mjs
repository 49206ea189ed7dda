/**
 * Breaks one rule at a time, of the cut or of when a group syncs and tells its age, and expects the tests to notice: every
 * patch in test/mutants is applied to a copy of the checkout, where test/cut or test/group must then fail. Examples are
 * tried first, random histories where they see nothing.
 *
 *   node scripts/test-mutants.mjs [part of a name …]
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const mutants = join(root, 'test', 'mutants');
const wanted = process.argv.slice(2);
const names = readdirSync(mutants)
  .filter((file) => file.endsWith('.patch'))
  .map((file) => basename(file, '.patch'))
  .filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
  .sort();

const copied = [
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
  'src/domain',
  'test/cut',
  'test/group',
  'docs/cut.md',
];
const examples = [
  ...['runs', 'versions', 'cuts', 'tables', 'stamps', 'explain', 'retention', 'staging-retention'].map(
    (name) => `test/cut/${name}.test.ts`,
  ),
  ...['next-step', 'ledger-gap', 'rpo'].map((name) => `test/group/${name}.test.ts`),
];
const randomHistories = ['test/cut/atomic.test.ts'];

const survivors = names.filter((name) => {
  const verdict = tryMutant(name);
  process.stdout.write(`${verdict.padEnd(28)} ${name}\n`);
  return !verdict.startsWith('noticed');
});
process.stdout.write(`${names.length - survivors.length} of ${names.length} mutants noticed\n`);
process.exitCode = survivors.length === 0 && names.length > 0 ? 0 : 1;

function tryMutant(name) {
  const copy = mkdtempSync(join(tmpdir(), 'mutant-'));
  try {
    for (const path of copied) cpSync(join(root, path), join(copy, path), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    // Within a checkout git would leave out what is not part of it, and say nothing.
    const env = { ...process.env, GIT_CEILING_DIRECTORIES: dirname(copy) };
    const patched = spawnSync('git', ['apply', join(mutants, `${name}.patch`)], { cwd: copy, encoding: 'utf8', env });
    if (patched.status !== 0) return `DOES NOT APPLY (${patched.stderr.trim().split('\n')[0]})`;
    if (!passes(copy, examples)) return 'noticed by an example';
    if (!passes(copy, randomHistories)) return 'noticed by random histories';
    return 'SURVIVED';
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** A mutant that does not even load is no proof of the tests, so a run without a single verdict on a test is an error. */
function passes(cwd, files) {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [vitest, 'run', '--bail=1', '--maxWorkers=1', '--reporter=json', ...files];
  const run = spawnSync(process.execPath, args, { cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const report = JSON.parse(run.stdout.slice(run.stdout.indexOf('{')));
  if (report.numPassedTests + report.numFailedTests === 0) throw new Error(`no test ran: ${run.stderr}`);
  return run.status === 0;
}
