import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { SqlError } from '../sql/statement.js';
import type { Action, Metadata, Protocol } from './actions.js';
import { removeOf } from './actions.js';
import type { ClonePlan } from './clone-plan.js';
import { planClone } from './clone-plan.js';
import { mappingModeChange } from './column-mapping.js';
import type { CommitResult } from './commit.js';
import { commit } from './commit.js';
import { copyFiles } from './copy-files.js';
import { clusteringActions } from './domains.js';
import type { Author, DeltaEnv } from './env.js';
import { cannotReplaceMissingTable, tableAlreadyExists } from './errors.js';
import { checkProperties, columnMappingMode } from './properties.js';
import { isProtocolProperty, mergeProtocols, protocolFor, sameProtocol } from './protocol.js';
import type { Snapshot } from './snapshot.js';
import { findLatestVersion, openSnapshot } from './snapshot.js';
import { totalSize } from './stats.js';

export interface CloneRequest {
  /** Open it with `openSnapshot`, which applies the retention rule. */
  readonly source: Snapshot;
  /** Shown in the target's history as `source`. */
  readonly sourceName: string;
  /** Root URI of the source, no trailing slash; shallow clones point below it. */
  readonly sourceUri: string;
  readonly targetFolder: string;
  readonly mode: 'create' | 'createIfNotExists' | 'createOrReplace' | 'replace';
  readonly deep: boolean;
  /** TBLPROPERTIES of the statement; they win over the source's. */
  readonly properties: Readonly<Record<string, string>>;
  readonly author: Author;
  readonly signal?: AbortSignal | undefined;
  /** Called after each file that was really copied, with its size in bytes. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** The output row of CLONE (sizes in bytes). Files after = files before − removed + copied, for a deep clone. */
export interface CloneMetrics {
  readonly sourceTableSize: number;
  readonly sourceNumOfFiles: number;
  readonly numRemovedFiles: number;
  readonly numCopiedFiles: number;
  readonly removedFilesSize: number;
  readonly copiedFilesSize: number;
}

/**
 * DEEP or SHALLOW CLONE: one commit that makes the target hold what the source held at its version; whatever else the
 * target held is removed. The target keeps its id, name and description where it existed. Cloning the same version again
 * writes a commit too.
 *
 * @returns null when the mode is `createIfNotExists` and the target exists
 */
export async function cloneTable(
  env: DeltaEnv,
  request: CloneRequest,
): Promise<(CommitResult & { readonly metrics: CloneMetrics }) | null> {
  const { source, targetFolder, mode, deep } = request;
  if (resolve(source.folder) === resolve(targetFolder)) throw clonesOntoItself(request.sourceName);
  const exists = (await findLatestVersion(env, targetFolder)) !== null;
  if (exists && mode === 'createIfNotExists') return null;
  if (exists && mode === 'create') throw tableAlreadyExists(targetFolder);
  if (!exists && mode === 'replace') throw cannotReplaceMissingTable(targetFolder);

  const target = exists ? await openSnapshot(env, targetFolder) : null;
  const metadata = clonedMetadata(env, request, target);
  const protocol = clonedProtocol(request, target, metadata);
  const plan = planClone({ uri: request.sourceUri, files: source.files }, target?.files ?? [], deep);
  await copyFiles(env, {
    sourceFolder: source.folder,
    targetFolder,
    copies: plan.copies,
    signal: request.signal,
    onBytes: request.onBytes,
  });

  const metrics = cloneMetrics(request, plan, target);
  const result = await commit(env, {
    folder: targetFolder,
    base: target,
    actions: [
      ...(target !== null && sameProtocol(target.protocol, protocol) ? [] : [{ kind: 'protocol', protocol } as const]),
      { kind: 'metaData', metaData: metadata },
      ...(deep ? streamProgress(source, target) : []),
      ...clusteringActions(source.domains, target?.domains ?? []),
      ...plan.removed.map((file): Action => ({ kind: 'remove', remove: removeOf(file, env.clock.now()) })),
      ...plan.added.map((add): Action => ({ kind: 'add', add })),
    ],
    operation: 'CLONE',
    operationParameters: {
      source: request.sourceName,
      sourceVersion: String(source.version),
      isShallow: String(!deep),
    },
    operationMetrics: { ...metrics },
    author: request.author,
    // A row that someone adds to the target meanwhile must not survive unseen.
    reads: 'table',
    readVersion: target?.version ?? -1,
    signal: request.signal,
  });
  return { ...result, metrics };
}

/** Says since when the *source* has in-commit timestamps; the target's own commit decides that for the target. */
const enablementKeys = ['delta.inCommitTimestampEnablementVersion', 'delta.inCommitTimestampEnablementTimestamp'];

function clonedMetadata(env: DeltaEnv, { source, properties }: CloneRequest, target: Snapshot | null): Metadata {
  const configuration: Record<string, string> = { ...source.metadata.configuration };
  for (const key of enablementKeys) {
    const own = target?.metadata.configuration[key];
    if (own === undefined) delete configuration[key];
    else configuration[key] = own;
  }
  for (const [key, value] of Object.entries(properties)) if (!isProtocolProperty(key)) configuration[key] = value;
  checkProperties(configuration);
  const [from, to] = [columnMappingMode(target?.metadata ?? source.metadata), columnMappingMode({ configuration })];
  if (from !== to) throw mappingModeChange(from, to);
  return {
    ...source.metadata,
    id: target?.metadata.id ?? randomUUID(),
    name: target?.metadata.name ?? null,
    description: target?.metadata.description ?? null,
    createdTime: target?.metadata.createdTime ?? env.clock.now(),
    configuration,
  };
}

function clonedProtocol({ source, properties }: CloneRequest, target: Snapshot | null, metadata: Metadata): Protocol {
  const hasVectors = source.files.some((file) => file.deletionVector !== null);
  if (hasVectors && properties['delta.enableDeletionVectors'] === 'false') throw vectorsDisallowed();
  const base = target === null ? source.protocol : mergeProtocols(target.protocol, source.protocol);
  return protocolFor(base, { ...properties, ...metadata.configuration }, source.schema);
}

/** The progress of streaming writers travels with a deep clone only. */
const streamProgress = (source: Snapshot, target: Snapshot | null): Action[] =>
  source.transactions
    .filter((txn) => !target?.transactions.some((own) => own.appId === txn.appId && own.version === txn.version))
    .map((txn) => ({ kind: 'txn', txn }));

function cloneMetrics({ source, deep }: CloneRequest, plan: ClonePlan, target: Snapshot | null): CloneMetrics {
  // A file that only got another deletion vector is new to the log, but its bytes were there.
  const paths = new Set(target?.files.map((file) => file.path));
  return {
    sourceTableSize: totalSize(source.files),
    sourceNumOfFiles: source.files.length,
    numRemovedFiles: plan.removed.length,
    numCopiedFiles: deep ? plan.added.length : 0,
    removedFilesSize: totalSize(plan.removed),
    copiedFilesSize: deep ? totalSize(plan.added.filter((file) => !paths.has(file.path))) : 0,
  };
}

const clonesOntoItself = (name: string) =>
  new SqlError(
    'DELTA_UNSUPPORTED_CLONE_REPLACE_SAME_TABLE',
    '0AKDC',
    `You tried to REPLACE an existing table (${name}) with CLONE of itself. This operation is unsupported. Try a different target for CLONE.`,
  );

const vectorsDisallowed = () =>
  new SqlError(
    'DELTA_ADDING_DELETION_VECTORS_DISALLOWED',
    '0A000',
    'The current operation attempted to add a deletion vector to a table that does not permit the creation of new deletion vectors.',
  );
