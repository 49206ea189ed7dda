import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Region } from '../../src/domain/region.js';
import { locationName } from '../../src/local/stack/layout.js';
import type { Stack } from '../../src/local/stack/stack.js';
import { startStack } from '../../src/local/stack/stack.js';
import { withValue } from '../config/fixtures.js';
import { fileWith, ran } from './test-io.js';

const dir = mkdtempSync(join(tmpdir(), 'dr-validate-'));
let stack: Stack;
let ready: unknown;

beforeAll(async () => {
  stack = await startStack({ dir, temporal: 'none' });
  ready = JSON.parse(readFileSync(stack.file.config, 'utf8'));
});

afterAll(async () => {
  await stack?.stop();
  rmSync(dir, { recursive: true, force: true });
});

const validated = async (
  changes: Readonly<Record<string, unknown>>,
  variables: Readonly<Record<string, string>> = {},
) => {
  const file = Object.entries(changes).reduce((before, [path, value]) => withValue(before, path, value), ready);
  const { code, out } = await ran(['validate', '--json', '--config', fileWith(file)], {
    variables: { ...stack.file.env, ...variables },
  });
  const { findings } = JSON.parse(out) as { findings: { place: string; message: string; remedy: string }[] };
  return { code, out, places: findings.map(({ place }) => place) };
};

const group = 'workspaces.0.sync_groups.0';

describe('validate against two regions', () => {
  it('finds nothing where all is right', async () => {
    expect(await validated({})).toMatchObject({ code: 0, places: [] });
  });

  it.each([
    [
      'a job that is not there',
      `${group}.workflow`,
      'no_such_job',
      ['workspaces[0].sync_groups[0].workflow', 'workspaces[0].sync_groups[0].workflow'],
      2,
    ],
    [
      'a secondary job that is not there',
      `${group}.secondary_workflow`,
      'no_such_job',
      ['workspaces[0].sync_groups[0].secondary_workflow'],
      2,
    ],
    [
      'a warehouse that is not there',
      'workspaces.0.warehouse_http_path',
      '/sql/1.0/warehouses/none',
      ['workspaces[0].warehouse_http_path'],
      2,
    ],
    ['a secret that is not there', 'workspaces.0.receiver_pat_key', 'none', ['workspaces[0].receiver_pat_key'], 3],
    [
      'a location that nobody declared',
      'workspaces.0.sync_location_secondary',
      'abfss://other@elsewhere.dfs.core.windows.net',
      ['workspaces[0].sync_location_secondary', 'workspaces[0].sync_location_secondary'],
      2,
    ],
  ])('%s', async (_what, path, value, places, code) => {
    expect(await validated({ [path]: value })).toMatchObject({ code, places });
  });

  it('warns of a retention that is short for the interval, before a version expires', async () => {
    const { code, out } = await validated({ [`${group}.sync_interval_mins`]: 3 * 24 * 60 });
    const { findings } = JSON.parse(out) as { findings: { place: string; severity: string; message: string }[] };
    expect(code).toBe(0);
    const tables = [0, 1, 2].map((index) => `workspaces[0].sync_groups[0].tables[${index}]`);
    expect(findings).toHaveLength(2 * tables.length);
    expect(new Set(findings.map(({ place }) => place))).toEqual(new Set(tables));
    for (const { severity, message } of findings) {
      expect(severity).toBe('warning');
      expect(message).toMatch(/7 days by default.*less than 4 sync intervals/);
    }
  });

  it('refuses a continuous job, unless that is acknowledged', async () => {
    const { jobs } = stack.regions.primary;
    const job = jobs.listJobs().find(({ settings }) => settings.name === 'sample_workflow_1');
    jobs.updateJob(job?.jobId ?? '', { continuous: { pause_status: 'PAUSED' } }, []);
    const refused = await validated({});
    expect(refused).toMatchObject({ code: 2, places: ['workspaces[0].sync_groups[0].workflow'] });
    expect(refused.out).toContain('UNSUPPORTED_CHANGE');
    expect(await validated({ [`${group}.acknowledge_streaming`]: true })).toMatchObject({ code: 0, places: [] });
    jobs.updateJob(job?.jobId ?? '', {}, ['continuous']);
  });

  it('every finding at once: a missing receiver secret hides no missing table', async () => {
    const { code, places } = await validated({
      'workspaces.0.receiver_pat_key': 'none',
      [`${group}.tables.1`]: {
        source: 'dr_test_catalog.stage.workflow_1_silver',
        target: 'dr_test_catalog.stage.none',
      },
      'workspaces.0.sync_groups.1.workflow': 'no_such_job',
    });
    expect(code).toBe(2);
    expect(new Set(places)).toEqual(
      new Set([
        'workspaces[0].receiver_pat_key',
        'workspaces[0].sync_groups[0].tables[1]',
        'workspaces[0].sync_groups[1].workflow',
      ]),
    );
  });

  describe('with the token of each hop', () => {
    const sync = (region: Region) => ({ type: 'external_location', name: locationName(region, 'sync') }) as const;
    const silver = { type: 'table', name: 'dr_test_catalog.stage.workflow_1_silver' } as const;

    it.each([
      ['the sender, to read a table', 'primary', 'sender', ['SELECT'], silver, 'sync_groups[0].tables[1]'],
      ['the receiver, to see a target', 'secondary', 'receiver', ['SELECT'], silver, 'sync_groups[0].tables[1]'],
      [
        'the sender, on staging in the other region',
        'primary',
        'sender',
        ['READ FILES'],
        sync('secondary'),
        'sync_location_secondary',
      ],
      [
        'the receiver, on staging',
        'secondary',
        'receiver',
        ['READ FILES'],
        sync('secondary'),
        'sync_location_secondary',
      ],
      [
        'the reverse receiver, on its ledger',
        'primary',
        'reverse_receiver',
        ['READ FILES'],
        sync('primary'),
        'sync_location_primary',
      ],
    ] as const)('a right is missing: %s', async (_what, region, principal, privileges, securable, place) => {
      const { catalog } = stack.regions[region];
      await catalog.revoke(principal, privileges, securable);
      expect(await validated({})).toMatchObject({ code: 3, places: [`workspaces[0].${place}`] });
      await catalog.grant(principal, privileges, securable);
      expect((await validated({})).code).toBe(0);
    });

    it('a right is missing: the sender, on the warehouse', async () => {
      const { bootstrap = '' } = stack.file.regions.primary.tokens;
      const { code, out, places } = await validated(
        { 'workspaces.0.sender_pat_key': 'weak' },
        { DR_SECRET_WEAK: bootstrap },
      );
      expect(code).toBe(3);
      // That the environment holds it is a warning; that it may not use the warehouse is the finding.
      expect(places).toEqual(['workspaces[0].sender_pat_key', 'workspaces[0].sender_pat_key']);
      expect(out).toContain('Grant CAN USE');
      expect(out).not.toContain(bootstrap);
    });
  });

  it('a credential that the region does not know is refused, and not shown', async () => {
    const { code, out } = await validated({}, { DATABRICKS_TOKEN_PRIMARY: 'a-wrong-token' });
    expect(code).toBe(3);
    expect(out).not.toContain('a-wrong-token');
  });

  it("no-secrets: one region's token is of no use in the other", async () => {
    const { DATABRICKS_TOKEN_SECONDARY } = stack.file.env;
    expect((await validated({}, { DATABRICKS_TOKEN_PRIMARY: String(DATABRICKS_TOKEN_SECONDARY) })).code).toBe(3);
  });
});
