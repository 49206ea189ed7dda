import type { Finding } from '../../config/index.js';
import { checkConfigFile } from '../../config/index.js';
import { isTransient } from '../../domain/failure.js';
import type { ExitCode } from '../exit.js';
import { exitCodeOf, exitCodes } from '../exit.js';
import { findingText } from '../finding-text.js';
import type { Io } from '../io.js';
import { withProgress } from '../io.js';
import type { CommonOptions } from '../load.js';
import { configFile } from '../load.js';
import { counted, wrap } from '../text.js';
import type { LiveFinding } from '../validate/workspace-checks.js';
import { checkRegion } from '../validate/workspace-checks.js';

export interface ValidateOptions extends CommonOptions {
  readonly offline?: boolean;
  readonly json?: boolean;
}

/** `validate`: every finding about the file and, unless offline, about both regions. Changes nothing. */
export async function validate(io: Io, options: ValidateOptions): Promise<ExitCode> {
  const file = configFile(io, options);
  const { config, findings } = await checkConfigFile(file, options.offline === true ? 'look' : 'work');
  const live: LiveFinding[] = [];
  if (config !== null && options.offline !== true) {
    const checks = config.workspaces.flatMap((workspace, index) =>
      (['primary', 'secondary'] as const).map((region) => checkRegion(io, config, index, workspace, region)),
    );
    live.push(...(await withProgress(io, 'looking at both regions', Promise.all(checks))).flat());
  }
  const all = [...findings, ...live];
  if (options.json === true) {
    io.out(`${JSON.stringify({ valid: !all.some(isError), findings: all }, null, 2)}\n`);
  } else {
    io.out(findingsText(file, all, options.offline === true, io.columns));
  }
  return exitCode(findings, live);
}

const isError = ({ severity }: Finding): boolean => severity === 'error';

function findingsText(file: string, findings: readonly Finding[], offline: boolean, columns: number): string {
  const errors = findings.filter(isError).length;
  const warnings = findings.length - errors;
  const summary =
    findings.length === 0
      ? `${file} is fine${offline ? ' as far as can be told offline' : ' and so are both regions'}.`
      : `${file}: ${counted(errors, 'error')}, ${counted(warnings, 'warning')}.`;
  return [...findings.map((finding) => findingText(finding, columns)), `${wrap(summary, columns).join('\n')}\n`].join(
    '\n',
  );
}

/** What has to be mended first: the file and the names in it, then rights; a region that is silent said nothing about either. */
function exitCode(findings: readonly Finding[], live: readonly LiveFinding[]): ExitCode {
  if (findings.some(isError)) return exitCodes.badUsage;
  const codes = live.filter(isError).map(({ code }) => liveExitCode(code));
  const order = [exitCodes.badUsage, exitCodes.refused, exitCodes.unreachable, exitCodes.failed];
  return order.find((code) => codes.includes(code)) ?? exitCodes.done;
}

const rights: readonly string[] = ['AUTH_FAILED', 'PERMISSION_DENIED'];

function liveExitCode(code: LiveFinding['code']): ExitCode {
  if (rights.includes(code)) return exitCodes.refused;
  // Nothing is started here, so a warehouse is at fault by its name or its absence.
  if (code === 'WAREHOUSE_UNAVAILABLE') return exitCodes.badUsage;
  if (isTransient(code)) return exitCodes.unreachable;
  return exitCodeOf(code) === exitCodes.failed ? exitCodes.failed : exitCodes.badUsage;
}
