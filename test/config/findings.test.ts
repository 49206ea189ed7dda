import { describe, expect, it } from 'vitest';
import { checkConfigFile, checkConfigText, loadConfig } from '../../src/config/index.js';
import { completeFile, fileFromBefore, withValue } from './fixtures.js';

const check = (file: unknown, purpose: 'look' | 'work' = 'work') => checkConfigText(JSON.stringify(file), purpose);
const group = 'workspaces.0.sync_groups.0';

describe('a file that is right', () => {
  it('has no findings when it is complete', () => {
    const { config, findings } = check(completeFile());
    expect(findings).toEqual([]);
    expect(config?.workspaces[0]?.groups.map(({ group: name }) => name)).toEqual(['orders', 'lookups']);
  });

  it('of the shape that came before this product passes offline as it stands, and says what is missing', () => {
    const { findings } = check(fileFromBefore(), 'look');
    expect(findings.map(({ place, severity }) => [place, severity])).toEqual([
      ['workspaces[0].secondary_workspace_instance_url', 'warning'],
      ['workspaces[0].secondary_workspace_pat_key', 'warning'],
      ['workspaces[0].workspace_instance_url', 'warning'],
    ]);
  });

  it('but incomplete is refused for work', async () => {
    const { config, findings } = check(fileFromBefore(), 'work');
    expect(config).toBeNull();
    expect(findings.every(({ severity }) => severity === 'error')).toBe(true);
    expect(findings).toHaveLength(3);
  });

  it('may write numbers as digits in quotes and minutes as fractions', () => {
    const file = withValue(
      withValue(completeFile(), 'workspaces.0.sync_interval_mins', '0.5'),
      `${group}.sync_max_retries`,
      '7',
    );
    expect(check(file).config?.workspaces[0]?.groups[0]).toMatchObject({ syncIntervalMinutes: 0.5, maxRetries: 7 });
  });

  it('lets a group overrule its workspace', () => {
    const file = withValue(
      withValue(completeFile(), 'workspaces.0.sync_interval_mins', 30),
      `${group}.sync_interval_mins`,
      5,
    );
    expect(check(file).config?.workspaces[0]?.groups.map((each) => each.syncIntervalMinutes)).toEqual([5, 30]);
  });
});

describe('a group that is too large to travel as one', () => {
  const sized = (count: number, length: number) =>
    check(
      withValue(
        completeFile(),
        `${group}.tables`,
        Array.from({ length: count }, (_, index) => `c.s.${`t${index}_`.padEnd(length - 4, 'x')}`),
      ),
    ).findings.filter(({ place }) => place === 'workspaces[0].sync_groups[0].tables');

  it('by the number of its tables', () => {
    expect(sized(1000, 100)).toEqual([]);
    expect(sized(1001, 100)).toMatchObject([{ severity: 'error', message: expect.stringContaining('at most 1000') }]);
  });

  it('by the length of their names', () => {
    expect(sized(900, 220)).toEqual([]);
    expect(sized(900, 230)).toMatchObject([{ severity: 'error', message: expect.stringContaining('at most 400000') }]);
  });
});

/** [what is wrong, path, value, place of the finding, words that it has to hold] */
const mistakes: readonly (readonly [string, string, unknown, string, RegExp])[] = [
  [
    'an unknown key',
    'workspaces.0.sync_intervall_mins',
    5,
    'workspaces[0].sync_intervall_mins',
    /"sync_interval_mins"/,
  ],
  ['a key cut short', 'workspaces.0.sync_interval', 5, 'workspaces[0].sync_interval', /"sync_interval_mins"/],
  ['a key of another level', 'workspaces.0.workflow', 'x', 'workspaces[0].workflow', /belongs to a group/],
  ['an unknown key at the top', 'secret_scop', 'x', 'secret_scop', /"secret_scope"/],
  ['a missing key', 'workspaces.0.workspace_pat_key', undefined, 'workspaces[0].workspace_pat_key', /missing/],
  ['no groups', 'workspaces.0.sync_groups', [], 'workspaces[0].sync_groups', /empty/],
  ['no tables', `${group}.tables`, [], 'workspaces[0].sync_groups[0].tables', /empty/],
  [
    'a number where text belongs',
    `${group}.workflow`,
    3,
    'workspaces[0].sync_groups[0].workflow',
    /Expected text, found a number/,
  ],
  [
    'text where a number belongs',
    `${group}.priority`,
    'high',
    'workspaces[0].sync_groups[0].priority',
    /Expected a number/,
  ],
  ['null', `${group}.workflow`, null, 'workspaces[0].sync_groups[0].workflow', /found null/],
  ['text where a list belongs', `${group}.tables`, 'a.b.c', 'workspaces[0].sync_groups[0].tables', /Expected a list/],
  [
    '"true" in quotes',
    `${group}.acknowledge_streaming`,
    'true',
    'workspaces[0].sync_groups[0].acknowledge_streaming',
    /true or false/,
  ],
  ['an interval of nothing', 'workspaces.0.sync_interval_mins', 0, 'workspaces[0].sync_interval_mins', /out of range/],
  ['a negative interval', 'workspaces.0.sync_interval_mins', -1, 'workspaces[0].sync_interval_mins', /out of range/],
  [
    'an interval longer than old versions are kept',
    'workspaces.0.sync_interval_mins',
    20_000,
    'workspaces[0].sync_interval_mins',
    /out of range/,
  ],
  ['a fraction of attempts', 'workspaces.0.sync_max_retries', 1.5, 'workspaces[0].sync_max_retries', /whole number/],
  ['no attempt at all', 'workspaces.0.sync_max_retries', 0, 'workspaces[0].sync_max_retries', /out of range/],
  ['a wrong choice', `${group}.verify`, 'bytes', 'workspaces[0].sync_groups[0].verify', /"files" or "rows"/],
  [
    'a cron of six fields',
    'workspaces.0.sync_groups.1.sync_cron',
    '0 0 2 * * *',
    'workspaces[0].sync_groups[1].sync_cron',
    /five fields/,
  ],
  [
    'a cron out of range',
    'workspaces.0.sync_groups.1.sync_cron',
    '99 * * * *',
    'workspaces[0].sync_groups[1].sync_cron',
    /not a cron/,
  ],
  [
    'a cron that never comes',
    'workspaces.0.sync_groups.1.sync_cron',
    '0 0 30 2 *',
    'workspaces[0].sync_groups[1].sync_cron',
    /never comes/,
  ],
  [
    'a cron beside a job',
    `${group}.sync_cron`,
    '0 2 * * *',
    'workspaces[0].sync_groups[0].sync_cron',
    /when the job has finished/,
  ],
  [
    'completion of no job',
    'workspaces.0.sync_groups.1.sync_trigger',
    'completion',
    'workspaces[0].sync_groups[1].sync_trigger',
    /no completion/,
  ],
  [
    'a secondary job without a primary one',
    'workspaces.0.sync_groups.1.secondary_workflow',
    'x',
    'workspaces[0].sync_groups[1].secondary_workflow',
    /no "workflow"/,
  ],
  ['http', 'workspaces.0.workspace_instance_url', 'http://adb-1.net', 'workspaces[0].workspace_instance_url', /https/],
  ['no URL', 'workspaces.0.workspace_instance_url', 'adb-1.net', 'workspaces[0].workspace_instance_url', /not a URL/],
  [
    'a URL with a path',
    'workspaces.0.workspace_instance_url',
    'https://adb-1.net/?o=1',
    'workspaces[0].workspace_instance_url',
    /more than the address/,
  ],
  [
    'one workspace as both regions',
    'workspaces.0.secondary_workspace_instance_url',
    'https://ADB-1.azuredatabricks.net/',
    'workspaces[0].secondary_workspace_instance_url',
    /same workspace/,
  ],
  [
    'a cluster in place of a warehouse',
    'workspaces.0.warehouse_http_path',
    'sql/protocolv1/o/0/1',
    'workspaces[0].warehouse_http_path',
    /SQL warehouse/,
  ],
  ['a name with a slash', `${group}.group_name`, 'a/b', 'workspaces[0].sync_groups[0].group_name', /not a usable name/],
  ['a name that leads elsewhere', 'workspaces.0.workspace_name', '..', 'workspaces[0].workspace_name', /not a name/],
  [
    'the name of the ledger',
    'workspaces.0.workspace_name',
    'Sync_Ledger',
    'workspaces[0].workspace_name',
    /own folder/,
  ],
  ['a table of two parts', `${group}.tables.1`, 'sales.orders', 'workspaces[0].sync_groups[0].tables[1]', /2 parts/],
  ['a table with a quote', `${group}.tables.1`, 'a.b.c`d', 'workspaces[0].sync_groups[0].tables[1]', /not supported/],
  [
    'a table twice in other case',
    `${group}.tables.1`,
    'SALES.raw.Orders',
    'workspaces[0].sync_groups[0].tables[1]',
    /twice/,
  ],
  [
    'a table in two groups',
    'workspaces.0.sync_groups.1.tables.0',
    'sales.RAW.orders',
    'workspaces[0].sync_groups[1].tables[0]',
    /another group/,
  ],
  [
    'one source with two targets',
    'workspaces.0.sync_groups.1.tables.0',
    { source: 'sales.raw.orders', target: 'x.y.z' },
    'workspaces[0].sync_groups[1].tables[0]',
    /source table/,
  ],
  [
    'two sources of one target',
    'workspaces.0.sync_groups.1.tables.0',
    { source: 'x.y.z', target: 'sales.raw.orders' },
    'workspaces[0].sync_groups[1].tables[0]',
    /target table/,
  ],
  [
    'a table without a target',
    `${group}.tables.1`,
    { source: 'a.b.c' },
    'workspaces[0].sync_groups[0].tables[1].target',
    /missing/,
  ],
  [
    'a misspelt key of a table',
    `${group}.tables.1`,
    { source: 'a.b.c', taget: 'a.b.c' },
    'workspaces[0].sync_groups[0].tables[1].taget',
    /"target"/,
  ],
  [
    'a group of the same name',
    'workspaces.0.sync_groups.1.group_name',
    'Orders',
    'workspaces[0].sync_groups[1].group_name',
    /already/,
  ],
  [
    'a local folder',
    'workspaces.0.sync_location_primary',
    '/mnt/dr',
    'workspaces[0].sync_location_primary',
    /cloud storage/,
  ],
  [
    'a location that climbs',
    'workspaces.0.sync_location_primary',
    's3://dr/a/../b',
    'workspaces[0].sync_location_primary',
    /can't be used/,
  ],
  [
    'a location with a query',
    'workspaces.0.sync_location_primary',
    's3://dr/a?b=c',
    'workspaces[0].sync_location_primary',
    /can't be used/,
  ],
  [
    'one location for both regions',
    'workspaces.0.sync_location_secondary',
    'abfss://dr@salesdreast.dfs.core.windows.net/',
    'workspaces[0].sync_location_secondary',
    /same sync location/,
  ],
  [
    'a location inside the other',
    'workspaces.0.sync_location_secondary',
    'abfss://dr@salesdreast.dfs.core.windows.net/x',
    'workspaces[0].sync_location_secondary',
    /inside each other/,
  ],
  [
    'a mail address without a host',
    `${group}.group_owner_email`,
    'owner',
    'workspaces[0].sync_groups[0].group_owner_email',
    /mail address/,
  ],
  [
    'a mail header smuggled in',
    `${group}.group_owner_email`,
    'a@b.c\nBcc: x@y.z',
    'workspaces[0].sync_groups[0].group_owner_email',
    /mail address/,
  ],
];

describe('a mistake is found at its place, with a remedy', () => {
  it.each(mistakes)('%s', (_what, path, value, place, words) => {
    const { config, findings } = check(withValue(completeFile(), path, value));
    const finding = findings.find((each) => each.place === place);
    expect(finding, JSON.stringify(findings)).toBeDefined();
    expect(`${finding?.message} ${finding?.remedy}`).toMatch(words);
    expect(finding?.remedy).not.toBe('');
    expect(finding?.severity).toBe('error');
    expect(config).toBeNull();
  });

  it('every one at once: none hides another', () => {
    const chosen = [
      'an unknown key',
      'a missing key',
      'a fraction of attempts',
      'http',
      'a cron out of range',
      'a local folder',
      'a table in two groups',
      'a group of the same name',
    ];
    const all = mistakes.filter(([what]) => chosen.includes(what));
    expect(all).toHaveLength(chosen.length);
    const file = all.reduce((before, [, path, value]) => withValue(before, path, value), completeFile());
    const places = check(file).findings.map(({ place }) => place);
    for (const [what, , , place] of all) expect(places, what).toContain(place);
  });

  it('warns of two groups of one job, and of keys without effect', () => {
    const twice = withValue(completeFile(), 'workspaces.0.sync_groups.1.workflow', 'orders_etl');
    expect(check(twice).findings).toMatchObject([
      { place: 'workspaces[0].sync_groups[1].workflow', severity: 'warning' },
    ]);
    const useless = withValue(completeFile(), 'workspaces.0.sync_groups.1.accept_partial_success', true);
    expect(check(useless).findings).toMatchObject([{ severity: 'warning' }]);
    expect(check(useless).config).not.toBeNull();
  });

  it('a second workspace may share locations, but no target table of the same secondary', () => {
    const file = completeFile();
    const [first] = file.workspaces;
    if (first === undefined) throw new Error('the fixture has a workspace');
    const other = { ...structuredClone(first), workspace_name: 'sales2', workspace_instance_url: 'https://adb-3.net' };
    const both = { ...file, workspaces: [first, other] };
    const places = check(both).findings.map(({ place }) => place);
    expect(places).toEqual([
      'workspaces[1].sync_groups[0].tables[0]',
      'workspaces[1].sync_groups[0].tables[1]',
      'workspaces[1].sync_groups[1].tables[0]',
    ]);
    expect(
      check(withValue(both, 'workspaces.1.secondary_workspace_instance_url', 'https://adb-4.net')).findings,
    ).toEqual([]);
  });
});

describe('a file that can not be read at all', () => {
  it('is named with the reason', async () => {
    const { findings } = await checkConfigFile('/nowhere/dr.json');
    expect(findings).toMatchObject([{ message: expect.stringContaining('there is no such file') }]);
    expect((await checkConfigFile('/')).findings).toMatchObject([
      { message: expect.stringContaining('it is a folder') },
    ]);
  });

  it('throws every error at once where a config is needed', async () => {
    await expect(loadConfig('/nowhere/dr.json')).rejects.toThrow(/no such file/);
  });

  it.each([
    ['{"a": 1,\n "b": [1,2,],\n}', 'line 2, column 12'],
    ['{"a": 1', 'the file ends here'],
    ['', 'line 1, column 1'],
    ['{"a": x}', 'line 1, column 7'],
    ["{'a': 1}", 'line 1, column 2'],
    ['{"a": "x\ny"}', 'line 1, column 7'],
    ['{"a" 1}', 'expected ":"'],
    ['{} {}', 'nothing more'],
    ['{"a": 01}', 'line 1, column 8'],
  ])('JSON mistake %j is placed', (text, words) => {
    const { config, findings } = checkConfigText(text);
    expect(config).toBeNull();
    expect(findings[0]?.message).toContain(words);
  });

  it('a key that stands twice is told, for only the last would count', () => {
    const text = JSON.stringify(completeFile()).replace('"workflow":', '"workflow":"other","workflow":');
    expect(checkConfigText(text).findings).toMatchObject([
      { place: 'workspaces[0].sync_groups[0].workflow', message: expect.stringContaining('twice') },
    ]);
  });

  it.each(['null', '[]', '"x"', '3', '{"workspaces": {}}', '{"workspaces": [3, null, []]}'])(
    '%s is refused without a crash',
    (text) => {
      const { config, findings } = checkConfigText(text);
      expect(config).toBeNull();
      expect(findings.length).toBeGreaterThan(0);
    },
  );
});
