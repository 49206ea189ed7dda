import { closest, distance } from 'fastest-levenshtein';
import type { z } from 'zod';
import type { Finding } from './finding.js';
import { placeOf } from './finding.js';
import { configSchema, groupSchema, tableSchema, workspaceSchema } from './schema.js';
import { credentialIn, shown } from './secrets-in-file.js';

type Issue = z.core.$ZodIssue;

/** What the schema has against the file, in people's words: every finding, each with place and remedy. */
export function schemaFindings(value: unknown): Finding[] {
  const parsed = configSchema.safeParse(value);
  return parsed.success ? [] : parsed.error.issues.flatMap((issue) => findingsOf(issue, [], value));
}

function findingsOf(issue: Issue, parent: readonly PropertyKey[], file: unknown): Finding[] {
  const path = [...parent, ...issue.path];
  const finding = (message: string, remedy: string): Finding => ({
    place: placeOf(path),
    message,
    remedy,
    severity: 'error',
  });
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(path, key));
    case 'invalid_union': {
      const branch = issue.errors.find((issues) => !issues.some(isWrongTypeAtRoot));
      if (branch !== undefined) return branch.flatMap((inner) => findingsOf(inner, path, file));
      return [
        finding(`Expected a name or an object, found ${kindOf(valueAt(file, path))}.`, 'Write catalog.schema.table.'),
      ];
    }
    case 'invalid_type': {
      const found = valueAt(file, path);
      if (found === undefined) return [finding('This key is missing.', 'Add it.')];
      const key = path.findLast((part) => typeof part === 'string');
      const value = typeof found === 'object' ? '' : ` (${shown(found, String(key))})`;
      return [finding(`Expected ${kindName(issue.expected)}, found ${kindOf(found)}${value}.`, 'Change the value.')];
    }
    case 'invalid_value':
      return [
        finding(
          `${shown(valueAt(file, path))} is not one of the possible values.`,
          `Write ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}.`,
        ),
      ];
    case 'too_small':
      return [finding('This list is empty.', 'Put at least one entry in it.')];
    case 'custom':
      return [finding(issue.message, String(issue.params?.remedy ?? 'Change the value.'))];
    default:
      return [finding(issue.message, 'Change the value.')];
  }
}

const isWrongTypeAtRoot = (issue: Issue): boolean => issue.code === 'invalid_type' && issue.path.length === 0;

const levels: readonly { readonly name: string; readonly keys: readonly string[] }[] = [
  { name: 'the top level', keys: Object.keys(configSchema.shape) },
  { name: 'a workspace', keys: Object.keys(workspaceSchema.shape) },
  { name: 'a group', keys: Object.keys(groupSchema.shape) },
  { name: 'a table', keys: Object.keys(tableSchema.shape) },
];

/** The level a path is at: the objects nest as `workspaces[i].sync_groups[j].tables[k]`. */
const keysAt = (path: readonly PropertyKey[]): readonly string[] => levels[Math.floor(path.length / 2)]?.keys ?? [];

function unknownKey(path: readonly PropertyKey[], key: string): Finding {
  const known = keysAt(path);
  const name = credentialIn(key) === null ? key : '(not shown)';
  const elsewhere = levels.filter(({ keys }) => keys.includes(key)).map((level) => level.name);
  // A key that was cut short is nearer in meaning than one of like length with other letters.
  const nearest =
    known.find((candidate) => candidate.startsWith(key.toLowerCase()) && key.length >= 4) ??
    closest(key.toLowerCase(), [...known]);
  const isNear = nearest.startsWith(key.toLowerCase()) || distance(key.toLowerCase(), nearest) <= key.length / 3;
  const remedy =
    elsewhere.length > 0
      ? `It belongs to ${elsewhere.join(' or ')}.`
      : isNear
        ? `Did you mean "${nearest}"?`
        : `Remove it; the nearest known key is "${nearest}".`;
  return {
    place: placeOf([...path, name]),
    message: `The key "${name}" is not known here.`,
    remedy,
    severity: 'error',
  };
}

const valueAt = (file: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[part] : undefined,
    file,
  );

const kindNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

const kindName = (kind: string): string => kindNames[kind] ?? kind;

const kindOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'a list' : kindName(typeof value);
