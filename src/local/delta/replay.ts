import type { Action, AddFile, DomainMetadata, Metadata, Protocol, RemoveFile, Transaction } from './actions.js';
import { fileKey } from './actions.js';

/** What is left after all actions of a log up to a version took effect (PROTOCOL.md, "Action Reconciliation"). */
export interface TableState {
  readonly metadata: Metadata | null;
  readonly protocol: Protocol | null;
  /** By path. */
  readonly files: readonly AddFile[];
  readonly tombstones: readonly RemoveFile[];
  readonly transactions: readonly Transaction[];
  readonly domains: readonly DomainMetadata[];
}

/** Replays actions oldest first: those of a checkpoint, then those of the commits after it. */
export function replay(actions: Iterable<Action>): TableState {
  let metadata: Metadata | null = null;
  let protocol: Protocol | null = null;
  const files = new Map<string, AddFile>();
  const tombstones = new Map<string, RemoveFile>();
  const transactions = new Map<string, Transaction>();
  const domains = new Map<string, DomainMetadata>();

  for (const action of actions) {
    switch (action.kind) {
      case 'metaData':
        metadata = action.metaData;
        break;
      case 'protocol':
        protocol = action.protocol;
        break;
      case 'add':
        files.set(fileKey(action.add), action.add);
        tombstones.delete(fileKey(action.add));
        break;
      case 'remove':
        files.delete(fileKey(action.remove));
        tombstones.set(fileKey(action.remove), action.remove);
        break;
      case 'txn':
        transactions.set(action.txn.appId, action.txn);
        break;
      case 'domainMetadata':
        if (action.domainMetadata.removed) domains.delete(action.domainMetadata.domain);
        else domains.set(action.domainMetadata.domain, action.domainMetadata);
        break;
      case 'commitInfo':
        break;
    }
  }
  return {
    metadata,
    protocol,
    files: byPath([...files.values()]),
    tombstones: byPath([...tombstones.values()]),
    transactions: [...transactions.values()],
    domains: [...domains.values()],
  };
}

const byPath = <T extends AddFile | RemoveFile>(list: T[]): T[] =>
  list.sort((a, b) => (fileKey(a) < fileKey(b) ? -1 : 1));
