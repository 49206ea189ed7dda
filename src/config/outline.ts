/**
 * What can be understood of a file that may be wrong in places: the checks across keys (names used twice, folders that
 * collide) still see everything else, so that one mistake doesn't hide another.
 */
export interface FileOutline {
  readonly workspaces: readonly WorkspaceOutline[];
}

export interface WorkspaceOutline {
  readonly path: readonly PropertyKey[];
  readonly keys: Readonly<Record<string, unknown>>;
  readonly name: string | null;
  readonly groups: readonly GroupOutline[];
}

export interface GroupOutline {
  readonly path: readonly PropertyKey[];
  readonly keys: Readonly<Record<string, unknown>>;
  readonly name: string | null;
  readonly tables: readonly TableOutline[];
}

export interface TableOutline {
  readonly path: readonly PropertyKey[];
  readonly primary: string;
  readonly secondary: string;
}

export function outlineOf(value: unknown): FileOutline {
  const workspaces = entriesOf(recordOf(value)?.workspaces, ['workspaces']).flatMap(({ path, value: workspace }) => {
    const keys = recordOf(workspace);
    return keys === null ? [] : [{ path, keys, name: textOf(keys.workspace_name), groups: groupsOf(keys, path) }];
  });
  return { workspaces };
}

export const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

const groupsOf = (workspace: Readonly<Record<string, unknown>>, path: readonly PropertyKey[]): GroupOutline[] =>
  entriesOf(workspace.sync_groups, [...path, 'sync_groups']).flatMap((entry) => {
    const keys = recordOf(entry.value);
    if (keys === null) return [];
    return [{ path: entry.path, keys, name: textOf(keys.group_name), tables: tablesOf(keys, entry.path) }];
  });

const tablesOf = (group: Readonly<Record<string, unknown>>, path: readonly PropertyKey[]): TableOutline[] =>
  entriesOf(group.tables, [...path, 'tables']).flatMap((entry) => {
    if (typeof entry.value === 'string') return [{ path: entry.path, primary: entry.value, secondary: entry.value }];
    const keys = recordOf(entry.value);
    const primary = textOf(keys?.source);
    const secondary = textOf(keys?.target);
    return primary === null || secondary === null ? [] : [{ path: entry.path, primary, secondary }];
  });

const recordOf = (value: unknown): Readonly<Record<string, unknown>> | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;

const entriesOf = (value: unknown, path: readonly PropertyKey[]): { path: readonly PropertyKey[]; value: unknown }[] =>
  Array.isArray(value) ? value.map((entry: unknown, index) => ({ path: [...path, index], value: entry })) : [];
