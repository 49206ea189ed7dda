import { distance } from 'fastest-levenshtein';
import type { DrConfig, GroupConfig } from '../config/index.js';
import { groupsOf } from '../config/index.js';
import { CliError, exitCodes } from './exit.js';

/** How a group is named in answers: as short as is unique. */
export function shortName(config: DrConfig, { workspace, group }: Pick<GroupConfig, 'workspace' | 'group'>): string {
  const sameName = groupsOf(config).filter((other) => other.group === group);
  return sameName.length > 1 ? `${workspace}/${group}` : group;
}

/**
 * The group that a user means with `GROUP` or `WORKSPACE/GROUP`.
 *
 * @throws CliError exit code 2, with the nearest names
 */
export function groupNamed(config: DrConfig, name: string): GroupConfig {
  const groups = groupsOf(config);
  const matches = groups.filter(({ workspace, group }) => name === group || name === `${workspace}/${group}`);
  const [match] = matches;
  if (match !== undefined && matches.length === 1) return match;
  if (matches.length > 1) {
    const names = matches.map(({ workspace, group }) => `${workspace}/${group}`).join(', ');
    throw new CliError(exitCodes.badUsage, `"${name}" is the name of several groups.`, `Name one of them: ${names}.`);
  }
  const nearest = groups
    .map((group) => shortName(config, group))
    .map((candidate) => ({ candidate, away: distance(candidate.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.away - b.away)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
  throw new CliError(
    exitCodes.badUsage,
    `The configuration has no group "${name}".`,
    `The nearest names are: ${nearest.join(', ')}.`,
  );
}

export interface GroupSelection {
  readonly all?: boolean;
  readonly workspace?: string;
}

/**
 * The groups that a user means: by name, all of a workspace, or all; each once, those first that have the lowest priority number.
 *
 * @throws CliError exit code 2
 */
export function groupsNamed(config: DrConfig, names: readonly string[], selection: GroupSelection): GroupConfig[] {
  const ways = [names.length > 0, selection.all === true, selection.workspace !== undefined].filter(Boolean).length;
  if (ways !== 1) {
    throw new CliError(
      exitCodes.badUsage,
      'It is not clear which groups are meant.',
      'Name groups, or use --all or --workspace W.',
    );
  }
  const chosen =
    names.length > 0 ? [...new Set(names.map((name) => groupNamed(config, name)))] : ofWorkspace(config, selection);
  return chosen.sort((a, b) => a.priority - b.priority);
}

function ofWorkspace(config: DrConfig, { workspace }: GroupSelection): GroupConfig[] {
  if (workspace === undefined) return [...groupsOf(config)];
  const groups = groupsOf(config).filter((group) => group.workspace === workspace);
  if (groups.length > 0) return groups;
  const names = config.workspaces.map(({ name }) => name).join(', ');
  throw new CliError(exitCodes.badUsage, `The configuration has no workspace "${workspace}".`, `It has: ${names}.`);
}
