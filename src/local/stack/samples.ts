import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import type { Region } from '../../domain/region.js';
import type { JobEngine } from '../jobs/engine.js';
import { splitStatements } from '../jobs/sql-script.js';
import type { JobSettings } from '../server/backends.js';
import type { SqlEngine } from '../sql/statement.js';
import { packageRoot } from '../temporal/package-root.js';
import { containerUri, warehouses } from './layout.js';
import { jobOwner } from './principals.js';

const samplesRoot = (): string => join(packageRoot(), 'samples');
const sampleFolders = ['sample_workflow_1', 'sample_workflow_2', 'standalone'] as const;

/** Text of a SQL file below `samples/`, as a task's path names it. */
export async function readSampleScript(path: string): Promise<string> {
  const relative = normalize(path);
  if (relative.startsWith('..')) throw new Error(`Task file ${path} lies outside the folder samples.`);
  return await readFile(join(samplesRoot(), relative), 'utf8');
}

/** What differs between the regions when CI/CD deploys the samples: `${var.…}` in their files. */
const variablesOf = (region: Region): Readonly<Record<string, string>> => ({
  landing: containerUri(region, 'landing'),
  data: containerUri(region, 'data'),
  warehouse_id: warehouses[region].jobs,
  pause_status: region === 'primary' ? 'UNPAUSED' : 'PAUSED',
});

function substitute(text: string, region: Region): string {
  const variables = variablesOf(region);
  return text.replace(/\$\{var\.(\w+)\}/g, (whole, name: string) => {
    const value = variables[name];
    if (value === undefined) throw new Error(`The samples use ${whole}, which nobody sets.`);
    return value;
  });
}

const readSample = (folder: string, file: string, region: Region): string =>
  substitute(readFileSync(join(samplesRoot(), folder, file), 'utf8'), region);

/** Registers the samples' tables, empty, where they are not yet. */
export async function createSampleTables(engine: SqlEngine, region: Region): Promise<void> {
  for (const folder of sampleFolders) {
    for (const sql of splitStatements(readSample(folder, 'tables.sql', region))) {
      await engine.execute({
        sql,
        principal: jobOwner,
        attribution: null,
        statementId: null,
        signal: new AbortController().signal,
      });
    }
  }
}

/** Creates the samples' jobs where they are not yet; ones that exist keep what operators and switches made of them. */
export function createSampleJobs(jobs: JobEngine, region: Region): void {
  const known = new Set(jobs.listJobs().map((job) => job.settings.name));
  for (const folder of sampleFolders) {
    const settings = JSON.parse(readSample(folder, 'job.json', region)) as JobSettings;
    if (!known.has(settings.name)) jobs.createJob(settings, jobOwner);
  }
}
