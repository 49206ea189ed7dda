#!/usr/bin/env node
/**
 * Fetches the independent judges of the local region pair into a private Python environment: delta-rs reads its tables,
 * Databricks' own Python clients talk to its servers. Tests that need them are skipped where this was not run.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = ['deltalake>=1.6', 'pyarrow', 'databricks-sql-connector[pyarrow]>=4', 'databricks-sdk>=0.100'];
const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'var', 'tools', 'judges');
const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
const stamp = join(folder, 'installed.json');

function run(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return;
  process.stderr.write(`judges: ${command} ${args.join(' ')} failed\n${stdout ?? ''}${stderr ?? ''}\n`);
  process.exit(1);
}

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== JSON.stringify(packages)) {
  process.stdout.write(`judges: installing ${packages.join(', ')}\n`);
  mkdirSync(dirname(folder), { recursive: true });
  run('python3', ['-m', 'venv', '--clear', folder]);
  run(python, ['-m', 'pip', 'install', '--quiet', '--no-compile', '--disable-pip-version-check', ...packages]);
  writeFileSync(stamp, JSON.stringify(packages));
}
process.stdout.write(`judges: ready in ${folder}\n`);
