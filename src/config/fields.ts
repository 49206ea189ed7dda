import { Cron } from 'croner';
import { z } from 'zod';
import type { Problem } from './finding.js';
import { shown } from './secrets-in-file.js';

/** Kinds of values that the configuration consists of. Each says what is wrong with a value and what to write instead. */

type Rule<T> = (value: T) => Problem | null;

/** Attaches a rule to a schema; the remedy travels beside the message. */
const ruled = <T>(rule: Rule<T>) => {
  return (value: T, context: z.core.$RefinementCtx<T>): void => {
    const problem = rule(value);
    if (problem === null) return;
    context.addIssue({ code: 'custom', message: problem.message, params: { remedy: problem.remedy } });
  };
};

const text = (rule: Rule<string>) => z.string().superRefine(ruled(rule));

const matching = (pattern: RegExp, what: string, remedy: string) =>
  text((value) => (pattern.test(value) ? null : { message: `${shown(value)} is not ${what}.`, remedy }));

/** Digits in quotes are numbers too; anything else is left for the type check to refuse. */
const digits = /^\s*[+-]?\d+(\.\d+)?\s*$/;
const fromDigits = (value: unknown): unknown =>
  typeof value === 'string' && digits.test(value) ? Number(value) : value;

interface Range {
  readonly min: number;
  readonly max: number;
  readonly why: string;
}

const within = ({ min, max, why }: Range, value: number, unit: string): Problem | null =>
  value >= min && value <= max
    ? null
    : { message: `${value} is out of range: ${why}.`, remedy: `Write ${unit} from ${min} to ${max}.` };

const minutes = (range: Range) =>
  z.preprocess(fromDigits, z.number().superRefine(ruled((value) => within(range, value, 'minutes'))));

const count = (range: Range) =>
  z.preprocess(
    fromDigits,
    z
      .number()
      .superRefine(
        ruled((value) =>
          Number.isInteger(value)
            ? within(range, value, 'a whole number')
            : { message: `${value} is not a whole number.`, remedy: `Write one from ${range.min} to ${range.max}.` },
        ),
      ),
  );

/** Smallest distance in minutes: a Temporal Schedule can't fire more often than once a second. */
const oneSecond = 0.02;
const minutesPerWeek = 10_080;
const minutesPerYear = 525_600;

/** Delta keeps what a cut needs for a week unless told otherwise, so a longer interval would lose its versions. */
export const intervalMinutes = minutes({
  min: oneSecond,
  max: minutesPerWeek,
  why: 'an interval is at least about a second and at most a week, for which Delta keeps old versions by default',
});
export const rpoMinutes = minutes({ min: oneSecond, max: minutesPerYear, why: 'a target is more than nothing' });
export const attempts = count({ min: 1, max: 100, why: 'a sync is tried at least once, and not for ever' });
export const pointsKept = count({ min: 1, max: 100, why: 'at least the published point is kept' });
export const parallelTables = count({ min: 1, max: 100, why: 'a warehouse serves a limited number of statements' });
export const priority = count({ min: 1, max: 100_000, why: '1 is first' });

/** Names become workflow ids, folders and labels: letters, digits, dot, underscore and hyphen. */
const nameText = text((value) => {
  if (!/^[A-Za-z0-9._-]{1,200}$/.test(value)) {
    return {
      message: `${shown(value)} is not a usable name.`,
      remedy: 'Use 1 to 200 letters, digits, dots, underscores and hyphens.',
    };
  }
  // As a folder below the sync location these would lead elsewhere.
  return value === '.' || value === '..' ? { message: `"${value}" is not a name.`, remedy: 'Use letters.' } : null;
});

/** Folders that the product itself keeps beside the workspaces' own in a sync location. */
const reservedFolders = ['sync_ledger', 'stranded', 'drill'];

export const groupName = nameText;
export const workspaceName = nameText.superRefine(
  ruled((value) =>
    reservedFolders.includes(value.toLowerCase())
      ? {
          message: `"${value}" is the name of the product's own folder in the sync location.`,
          remedy: 'Choose another.',
        }
      : null,
  ),
);

export const jobName = text((value) =>
  value.trim() === '' ? { message: 'This name is empty.', remedy: 'Write the name of the job.' } : null,
);

/** Characters that Databricks allows in scope and key names, up to 128 of them. */
export const secretName = matching(
  /^[A-Za-z0-9._@-]{1,128}$/,
  'the name of a secret or scope',
  'Use 1 to 128 letters, digits, dots, underscores, hyphens and @.',
);

export const warehousePath = matching(
  /^\/sql\/1\.0\/(warehouses|endpoints)\/[A-Za-z0-9_-]+$/,
  'the HTTP path of a SQL warehouse',
  'Copy it from the warehouse\'s "Connection details": /sql/1.0/warehouses/<id>.',
);

const tablePart = /^[\p{L}\p{N}_-]{1,255}$/u;

/** A full Unity Catalog name. Parts become folders of the staging area, hence no other characters. */
export const tableName = text((value) => {
  const parts = value.split('.');
  const remedy = 'Write catalog.schema.table.';
  if (parts.length !== 3) return { message: `${shown(value)} has ${parts.length} parts, not three.`, remedy };
  const odd = parts.find((part) => !tablePart.test(part));
  if (odd === undefined) return null;
  return {
    message:
      odd === '' ? `${shown(value)} has an empty part.` : `${shown(value)} holds a character that is not supported.`,
    remedy: `${remedy.slice(0, -1)}, of letters, digits, underscores and hyphens.`,
  };
});

const placeholder = /<[^>]*>/;

/** A value that only stands for one, as in the examples of the documentation. */
export const isPlaceholder = (value: string): boolean => placeholder.test(value);

export const workspaceUrl = text((value) => {
  if (isPlaceholder(value)) return null; // Reported as incomplete, which is no error offline.
  const remedy = 'Write https://<host>, as in the address bar of the workspace, without a path.';
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url === null) return { message: `${shown(value)} is not a URL.`, remedy };
  if (url.protocol !== 'https:') return { message: `${shown(value)} does not start with https://.`, remedy };
  if (url.username !== '' || url.password !== '') return { message: 'This URL holds a user or password.', remedy };
  const bare = url.pathname === '/' && url.search === '' && url.hash === '' && !/[?#]$/.test(value);
  return bare ? null : { message: `${shown(value)} is more than the address of a workspace.`, remedy };
});

/** Container and account, or bucket, then folders. The clouds' own limits of length are theirs to tell. */
const locationShapes: readonly RegExp[] = [
  /^abfss:\/\/[A-Za-z0-9$._-]+@[A-Za-z0-9.-]+(\/.*)?$/,
  /^s3:\/\/[A-Za-z0-9._-]+(\/.*)?$/,
  /^gs:\/\/[A-Za-z0-9._-]+(\/.*)?$/,
];

/** A folder of cloud storage. A slash at its end is allowed and dropped. */
export const syncLocation = text((value) => {
  const remedy = 'Write abfss://<container>@<account>.dfs.core.windows.net[/folder], s3://<bucket>[/folder] or gs://…';
  if (!locationShapes.some((shape) => shape.test(value))) {
    return { message: `${shown(value)} is not a folder of cloud storage.`, remedy };
  }
  const folders = withoutTrailingSlash(value).split('/').slice(3);
  if (folders.every((folder) => /^[A-Za-z0-9._=-]+$/.test(folder) && !/^\.+$/.test(folder))) return null;
  return {
    message: `${shown(value)} has a folder that can't be used.`,
    remedy: 'Name folders with letters, digits, dots, underscores and hyphens; no query, no "..".',
  };
});

export const withoutTrailingSlash = (location: string): string => location.replace(/\/$/, '');

/** One address, or several separated by commas. */
export const mailAddresses = text((value) => {
  const wrong = splitAddresses(value).find((address) => !/^[^\s@<>"(),;:]+@[^\s@<>"(),;:]+$/.test(address));
  if (wrong === undefined) return null;
  return {
    message: wrong === '' ? 'A mail address is empty.' : `${shown(wrong)} is not a mail address.`,
    remedy: 'Write name@host, several separated by commas, or leave the key out.',
  };
});

export const splitAddresses = (value: string): string[] => value.split(',').map((address) => address.trim());

/** Five fields, in UTC. Checked by the parser, then kept as written: the Temporal server reads it again. */
export const cron = text((value) => {
  const remedy = 'Write five fields: minute, hour, day of month, month, day of week, e.g. "30 2 * * *" (UTC).';
  if (value.trim().split(/\s+/).length !== 5) return { message: `${shown(value)} does not have five fields.`, remedy };
  try {
    if (new Cron(value, { paused: true, timezone: 'UTC', mode: '5-part' }).nextRun() !== null) return null;
    return { message: `${shown(value)} never comes.`, remedy };
  } catch (cause) {
    return { message: `${shown(value)} is not a cron expression (${(cause as Error).message}).`, remedy };
  }
});

export const choice = <const T extends readonly [string, ...string[]]>(values: T) => z.enum(values);
export const yesOrNo = z.boolean();
