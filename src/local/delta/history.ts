import { z } from 'zod';
import type { CommitInfo } from './actions.js';
import { commitInfoOf, inCommitTimestamp, readActions } from './commit-file.js';
import type { DeltaEnv } from './env.js';
import { pathDoesNotExist } from './errors.js';
import { listLog, monotonicTimes } from './log-files.js';

const text = z
  .union([z.string(), z.number(), z.bigint()])
  .transform(String)
  .nullish()
  .transform((value) => value ?? null);

/** Other writers put almost anything into commitInfo; what has an unexpected shape counts as absent. */
const infoSchema = z.object({
  userId: text.catch(null),
  userName: text.catch(null),
  operation: text.catch(null),
  operationParameters: z.record(z.string(), z.unknown()).catch({}),
  job: z
    .object({ jobId: text, jobName: text, jobRunId: text, runId: text, jobOwnerId: text, triggerType: text })
    .nullable()
    .catch(null),
  notebook: z.object({ notebookId: text }).nullable().catch(null),
  clusterId: text.catch(null),
  readVersion: z.number().nullable().catch(null),
  isolationLevel: text.catch(null),
  isBlindAppend: z.boolean().nullable().catch(null),
  operationMetrics: z
    .record(z.string(), z.union([z.string(), z.number()]).transform(String))
    .nullable()
    .catch(null),
  userMetadata: text.catch(null),
  engineInfo: text.catch(null),
  queryHistoryStatementId: text.catch(null),
});

/** One row of DESCRIBE HISTORY; names and types of the columns as Databricks has them. */
export interface HistoryEntry extends Omit<z.output<typeof infoSchema>, 'operationParameters' | 'operationMetrics'> {
  readonly version: number;
  /** Commit time, epoch milliseconds. */
  readonly timestamp: number;
  readonly operationParameters: Readonly<Record<string, string | null>>;
  readonly operationMetrics: Readonly<Record<string, string | null>> | null;
}

/**
 * The history of a table as far as its commits are kept, newest first.
 *
 * @param options  `limit` newest entries at most; `fromVersion` the oldest version to return
 */
export async function history(
  env: DeltaEnv,
  folder: string,
  options: { readonly limit?: number; readonly fromVersion?: number } = {},
): Promise<readonly HistoryEntry[]> {
  const log = await listLog(env, folder);
  if (log === null) throw pathDoesNotExist(folder);
  const times = monotonicTimes(log.commits);
  const wanted = log.commits
    .filter(({ version }) => version >= (options.fromVersion ?? 0))
    .toReversed()
    .slice(0, options.limit);

  const entries: HistoryEntry[] = [];
  for (const { version, name, modifiedAtMs } of wanted) {
    const info = commitInfoOf(await readActions(env, folder, name));
    const timestamp = inCommitTimestamp(info) ?? times.get(version) ?? modifiedAtMs;
    entries.push({ version, timestamp, ...toEntry(info ?? {}) });
  }
  return entries;
}

function toEntry(info: CommitInfo): Omit<HistoryEntry, 'version' | 'timestamp'> {
  const { operationParameters, operationMetrics, ...rest } = infoSchema.parse(info);
  return {
    ...rest,
    operationParameters: mapValues(operationParameters, asText),
    operationMetrics: operationMetrics === null ? null : mapValues(operationMetrics, asText),
  };
}

/** Spark shows parameters that are not strings as their JSON; metrics of other writers may be nested as well. */
const asText = (value: unknown): string | null =>
  value === null || value === undefined ? null : typeof value === 'string' ? value : JSON.stringify(value);

const mapValues = <T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
