import { describe, expect, it } from 'vitest';
import { completeFile, fileFromBefore, withValue } from '../config/fixtures.js';
import { fileWith, ran } from './test-io.js';

const config = fileWith(completeFile());
// Nothing listens on the port for discarding.
const noTemporal = {
  variables: { DR_CONFIG: config, TEMPORAL_ADDRESS: '127.0.0.1:9', TEMPORAL_CONFIG_FILE: '/nowhere' },
};

describe('exit code 0', () => {
  it.each([['--help'], ['--version'], ['validate', '--help'], ['help', 'failover']])('%s', async (...argv) => {
    const { code, out, err } = await ran(argv);
    expect(code).toBe(0);
    expect(out).not.toBe('');
    expect(err).toBe('');
  });

  it('help of the local pair names its commands, however it is asked for', async () => {
    for (const argv of [
      ['local', '--help'],
      ['help', 'local'],
    ]) {
      const { code, out } = await ran(argv);
      expect(code).toBe(0);
      for (const command of ['up', 'down', 'fault', 'run-job', 'truth']) expect(out).toContain(`\n  ${command} [`);
    }
  });

  it('a right file offline, by --config or by DR_CONFIG', async () => {
    expect(await ran(['validate', '--offline', '--config', config])).toMatchObject({ code: 0, err: '' });
    expect(await ran(['validate', '--offline'], { variables: { DR_CONFIG: config } })).toMatchObject({ code: 0 });
  });

  it('a file without a secondary offline: warnings alone are no failure', async () => {
    const { code, out } = await ran(['validate', '--offline', '--config', fileWith(fileFromBefore())]);
    expect(code).toBe(0);
    expect(out).toContain('0 errors, 3 warnings');
  });
});

describe('exit code 2: wrong usage or configuration, with what to do', () => {
  it.each([
    [[], /Usage:/],
    [['nonsense'], /unknown command/],
    [['statsu'], /Did you mean status/],
    [['validate', '--offlin'], /Did you mean --offline/],
    [['sync'], /missing required argument/],
    [['status', 'a', 'b'], /too many arguments/],
    [['failover', 'orders', '--to', 'nowhere'], /Allowed choices are primary, secondary/],
    [['failover', 'orders', '--concurrency', '0'], /whole number/],
    [['failover'], /Name groups/],
    [['failover', 'orders', '--all'], /not clear which groups/],
    [['failover', '--all', '--recovery-point', '7'], /belongs to one group/],
    [['failover', '--workspace', 'nope'], /no workspace "nope".*\n.*sales/],
    [['status', 'order'], /no group "order".*\n.*orders/],
    [['pause', 'Sales/orders'], /no group/],
    [['worker', '--only', 'nothing'], /workflows, sql/],
    [['worker', '--workspace', 'nope'], /no workspace "nope"/],
    [['local', 'fault', 'outage'], /--region/],
  ] as const)('%j', async (argv, words) => {
    const { code, out, err } = await ran(argv, noTemporal);
    expect(code).toBe(2);
    expect(err).toMatch(words);
    expect(out).toBe('');
  });

  it('no configuration is named', async () => {
    expect(await ran(['plan'])).toMatchObject({ code: 2, err: expect.stringContaining('DR_CONFIG') });
  });

  it('a variable that is wrong', async () => {
    const variables = { ...noTemporal.variables, DR_LOG_LEVEL: 'loud' };
    expect(await ran(['plan'], { variables: { DR_LOG_LEVEL: 'loud' } })).toMatchObject({
      code: 2,
      err: expect.stringContaining('DR_LOG_LEVEL'),
    });
    expect((await ran(['status'], { variables })).err).not.toContain('    at ');
  });

  it('an incomplete or broken file, for everything that works with it', async () => {
    for (const file of [fileWith(fileFromBefore()), fileWith('{'), '/nowhere.json']) {
      for (const command of ['validate', 'plan', 'apply', 'status', 'worker']) {
        const { code, out, err } = await ran([command, '--config', file]);
        expect(code, `${command} ${file}`).toBe(2);
        expect(`${out}${err}`).not.toContain('    at ');
      }
    }
  });

  it('a group whose name is not unique', async () => {
    const file = completeFile();
    const [first] = file.workspaces;
    const other = { ...first, workspace_name: 'eu', secondary_workspace_instance_url: 'https://adb-8.net' };
    const variables = { ...noTemporal.variables, DR_CONFIG: fileWith({ ...file, workspaces: [first, other] }) };
    const { code, err } = await ran(['status', 'orders'], { variables });
    expect(code).toBe(2);
    expect(err).toContain('sales/orders, eu/orders');
    expect((await ran(['status', 'eu/orders'], { variables })).code).toBe(4);
  });
});

describe.concurrent('exit code 4: Temporal can not be reached', () => {
  it.each([['status'], ['plan'], ['apply'], ['sync', 'orders'], ['pause', 'orders'], ['failover', '--all', '--yes']])(
    '%s names the address that was tried',
    async (...argv) => {
      const { code, err, out } = await ran(argv, noTemporal);
      expect(code).toBe(4);
      expect(err).toContain('127.0.0.1:9');
      expect(err).toContain('TEMPORAL_ADDRESS');
      expect(err).not.toContain('    at ');
      expect(out).toBe('');
    },
  );
});

it('exit code 4: no local pair runs in the folder', async () => {
  expect(await ran(['local', 'truth', '--dir', '/nowhere'])).toMatchObject({
    code: 4,
    err: expect.stringContaining('local up'),
  });
});

describe('validate', () => {
  const broken = fileWith(withValue(completeFile(), 'workspaces.0.sync_interval_mins', 0));

  it('tells people place and remedy', async () => {
    const { code, out } = await ran(['validate', '--offline', '--config', broken]);
    expect(code).toBe(2);
    expect(out).toContain('error at workspaces[0].sync_interval_mins');
    expect(out).toContain('To do: Write minutes from');
  });

  it('gives machines one document, findings or not', async () => {
    const { code, out, err } = await ran(['validate', '--offline', '--json', '--config', broken]);
    expect([code, err]).toEqual([2, '']);
    expect(JSON.parse(out)).toMatchObject({
      valid: false,
      findings: [
        {
          place: 'workspaces[0].sync_interval_mins',
          severity: 'error',
          message: expect.any(String),
          remedy: expect.any(String),
        },
      ],
    });
    expect(
      JSON.parse((await ran(['validate', '--offline', '--json', '--config', '/nowhere'])).out).findings,
    ).toHaveLength(1);
    expect(JSON.parse((await ran(['validate', '--offline', '--json', '--config', config])).out)).toEqual({
      valid: true,
      findings: [],
    });
  });

  it('exit code 4 when a region can not be reached, with the place of its address', async () => {
    const file = fileWith(
      withValue(
        withValue(completeFile(), 'workspaces.0.workspace_instance_url', 'https://127.0.0.1:9'),
        'workspaces.0.secondary_workspace_instance_url',
        'https://127.0.0.1:2',
      ),
    );
    const variables = { DATABRICKS_TOKEN_PRIMARY: 'not-shown-1', DATABRICKS_TOKEN_SECONDARY: 'not-shown-2' };
    const { code, out, err } = await ran(['validate', '--json', '--config', file], { variables });
    expect(code).toBe(4);
    expect(JSON.parse(out).findings.map(({ place }: { place: string }) => place)).toEqual([
      'workspaces[0].workspace_instance_url',
      'workspaces[0].secondary_workspace_instance_url',
    ]);
    expect(`${out}${err}`).not.toContain('not-shown');
  });

  it('exit code 3 when there is no credential for a region', async () => {
    expect((await ran(['validate', '--config', config])).code).toBe(3);
  });
});

describe('narrow terminals', () => {
  it.each([40, 60, 80])('%i columns: no line is longer, save one that is a single word', async (columns) => {
    const results = [
      await ran(['validate', '--offline', '--config', fileWith(fileFromBefore())], { columns }),
      await ran(['status', 'nope'], { ...noTemporal, columns }),
      await ran(['plan', '--config', fileWith(fileFromBefore())], { columns }),
    ];
    for (const line of results.flatMap(({ out, err }) => `${out}${err}`.split('\n'))) {
      if (/\S\s+\S/.test(line.trim())) expect(line.length, line).toBeLessThanOrEqual(columns);
    }
  });
});
