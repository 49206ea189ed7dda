import { readFileSync, writeFileSync } from 'node:fs';
import type { Region } from '../src/domain/region.js';
import { catalogName, regions } from '../src/local/stack/layout.js';
import { jobOwner } from '../src/local/stack/principals.js';
import type { Stack } from '../src/local/stack/stack.js';

/** A group of a benchmark: a job of the same name, and so many tables that it writes. */
export interface GroupPlan {
  readonly name: string;
  readonly tableCount: number;
}

/** Full names of a group's tables, equal in both regions. */
export const tablesOf = ({ name, tableCount }: GroupPlan): readonly string[] =>
  Array.from({ length: tableCount }, (_, index) => `${catalogName}.raw.${name}_${index + 1}`);

/** Path of the SQL file that the group's job runs. */
export const scriptOf = (group: string): string => `bench/${group}.sql`;

/** Creates the groups' tables, empty, and their jobs in both regions, and the rights that the product's principals need. */
export async function createGroups(stack: Stack, plans: readonly GroupPlan[]): Promise<void> {
  for (const region of regions) {
    for (const plan of plans) {
      for (const table of tablesOf(plan)) await createTable(stack, region, table);
      stack.regions[region].jobs.createJob(
        {
          name: plan.name,
          tasks: [{ task_key: 'load', notebook_task: { notebook_path: scriptOf(plan.name), source: 'GIT' } }],
        },
        jobOwner,
      );
    }
  }
}

async function createTable(stack: Stack, region: Region, table: string): Promise<void> {
  const { engine, catalog, tokens } = stack.regions[region];
  await engine.execute({
    sql: `CREATE TABLE ${table} (id BIGINT, text STRING) USING DELTA`,
    principal: jobOwner,
    attribution: null,
    statementId: null,
    signal: new AbortController().signal,
  });
  for (const role of Object.keys(tokens)) {
    if (role === 'admin' || role === 'bootstrap') continue;
    const privileges = role.endsWith('receiver') ? (['SELECT', 'MODIFY'] as const) : (['SELECT'] as const);
    await catalog.grant(role, privileges, { type: 'table', name: table });
  }
}

/** Makes these groups the only ones of the pair's configuration. */
export function configureGroups(file: string, plans: readonly GroupPlan[], intervalMinutes: number): void {
  const config = JSON.parse(readFileSync(file, 'utf8')) as { workspaces: [Record<string, unknown>] };
  Object.assign(config.workspaces[0], {
    sync_interval_mins: intervalMinutes,
    success_mail: 'off',
    sync_groups: plans.map((plan) => ({
      group_name: plan.name,
      group_owner_email: 'bench-owner@example.com',
      workflow: plan.name,
      tables: tablesOf(plan),
    })),
  });
  writeFileSync(file, `${JSON.stringify(config, null, 2)}\n`);
}
