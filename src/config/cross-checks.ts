import { isPlaceholder } from './fields.js';
import type { Finding } from './finding.js';
import { errorAt, placeOf } from './finding.js';
import { groupSizes } from './group-size.js';
import type { FileOutline, GroupOutline, TableOutline, WorkspaceOutline } from './outline.js';
import { textOf } from './outline.js';
import { exactly, repeats } from './repeats.js';

/** What no single key shows: names and tables used twice, keys that contradict each other. */
export function crossChecks(outline: FileOutline): Finding[] {
  return [
    ...repeatedNames(outline.workspaces, 'workspace_name', 'workspace'),
    ...outline.workspaces.flatMap((workspace) => [
      ...sameWorkspaceTwice(workspace),
      ...repeatedNames(workspace.groups, 'group_name', 'group'),
      ...repeatedJobs(workspace),
      ...workspace.groups.flatMap(contradictions),
    ]),
    ...repeatedTables(outline),
    ...groupSizes(outline),
  ];
}

type Named = Pick<WorkspaceOutline | GroupOutline, 'path' | 'name'>;

/** Without regard to case: workflow ids, folders and people tell such names apart badly or not at all. */
function repeatedNames(things: readonly Named[], key: string, kind: string): Finding[] {
  return repeats(things, ({ name }) => name).map(({ first, again }) =>
    errorAt(
      [...again.path, key],
      `There already is a ${kind} of this name (${placeOf(first.path)}).`,
      'Rename one of them.',
    ),
  );
}

function sameWorkspaceTwice({ path, keys }: WorkspaceOutline): Finding[] {
  const primary = hostOf(keys.workspace_instance_url);
  if (primary === null || primary !== hostOf(keys.secondary_workspace_instance_url)) return [];
  return [
    errorAt(
      [...path, 'secondary_workspace_instance_url'],
      'Both regions are the same workspace, which nothing would survive.',
      'Name the workspace in the other region.',
    ),
  ];
}

/** A switch moves the job as a whole, but only the tables of one group with it. */
function repeatedJobs({ groups }: WorkspaceOutline): Finding[] {
  const withJob = groups.filter(({ keys }) => textOf(keys.workflow) !== null);
  return repeats(withJob, ({ keys }) => textOf(keys.workflow), exactly).map(({ first, again }) => ({
    ...errorAt(
      [...again.path, 'workflow'],
      `This job already belongs to ${placeOf(first.path)}; a failover of one group would move it for both.`,
      'Put the tables that one job writes into one group.',
    ),
    severity: 'warning' as const,
  }));
}

/** The same target in two groups would be replaced by both; in one group it is listed twice by mistake. */
function repeatedTables({ workspaces }: FileOutline): Finding[] {
  const entries = workspaces.flatMap((workspace) =>
    workspace.groups.flatMap((group) => group.tables.map((table) => ({ workspace, group, table }))),
  );
  const targetOf = ({ workspace, table }: (typeof entries)[number]): string =>
    `${hostOf(workspace.keys.secondary_workspace_instance_url) ?? placeOf(workspace.path)} ${table.secondary}`;
  // Two sources of one target and one source for two targets both end in one staging folder, in one direction or the other.
  const sourceOf = ({ workspace, table }: (typeof entries)[number]): string =>
    `${placeOf(workspace.path)} ${table.primary}`;
  const byTarget = repeats(entries, targetOf);
  const reported = new Set(byTarget.map(({ again }) => again.table));
  const bySource = repeats(entries, sourceOf).filter(({ again }) => !reported.has(again.table));
  const report = (first: TableOutline, again: TableOutline, sameGroup: boolean, what: string): Finding =>
    errorAt(
      again.path,
      sameGroup
        ? `This table stands twice in its group (${placeOf(first.path)}).`
        : `This ${what} already belongs to another group (${placeOf(first.path)}): both would write the same folder or table.`,
      'Leave it in one place only.',
    );
  return [
    ...byTarget.map(({ first, again }) =>
      report(first.table, again.table, first.group === again.group, 'target table'),
    ),
    ...bySource.map(({ first, again }) =>
      report(first.table, again.table, first.group === again.group, 'source table'),
    ),
  ];
}

/** Keys of a group that say nothing without another key, or the opposite of it. */
function contradictions({ path, keys }: GroupOutline): Finding[] {
  const hasJob = keys.workflow !== undefined;
  const findings: Finding[] = [];
  if (hasJob && keys.sync_cron !== undefined) {
    findings.push(
      errorAt(
        [...path, 'sync_cron'],
        'A group with a job is synced when the job has finished.',
        'Remove the key, or "workflow".',
      ),
    );
  }
  if (hasJob) return findings;
  if (keys.secondary_workflow !== undefined) {
    findings.push(
      errorAt(
        [...path, 'secondary_workflow'],
        'There is no "workflow" beside it.',
        'Add "workflow" or remove this key.',
      ),
    );
  }
  if (keys.sync_trigger === 'completion') {
    findings.push(
      errorAt(
        [...path, 'sync_trigger'],
        'A group without a job has no completion to wait for.',
        'Remove the key, or add "workflow".',
      ),
    );
  }
  for (const key of ['accept_partial_success', 'acknowledge_streaming', 'activate_secondary_workflow']) {
    if (keys[key] === undefined) continue;
    findings.push({
      ...errorAt([...path, key], 'This has no effect on a group without a job.', 'Remove the key, or add "workflow".'),
      severity: 'warning',
    });
  }
  return findings;
}

/** `host[:port]` of a URL; null where there is none to compare. */
function hostOf(url: unknown): string | null {
  const text = textOf(url);
  return text !== null && !isPlaceholder(text) && URL.canParse(text) ? new URL(text).host : null;
}
