import { setTimeout as delay } from 'node:timers/promises';
import type { Region } from '../../domain/region.js';
import type { Storage } from '../delta/storage.js';
import type { FaultBoard } from './faults.js';
import { statementContext } from './statement-context.js';

/** What went through a region's storage so far. */
export interface StorageCounters {
  reads: number;
  writes: number;
  deletes: number;
  lists: number;
  copies: number;
  readBytes: number;
  writtenBytes: number;
  copiedBytes: number;
}

export const newStorageCounters = (): StorageCounters => ({
  reads: 0,
  writes: 0,
  deletes: 0,
  lists: 0,
  copies: 0,
  readBytes: 0,
  writtenBytes: 0,
  copiedBytes: 0,
});

/** The storage does not answer as it should; the message says what was asked of it. */
class StorageFaultError extends Error {
  override readonly name = 'StorageFaultError';
}

/** A region's storage with its faults and counters around it, and with the faults of the statement that writes. */
export function wrapStorage(
  storage: Storage,
  board: FaultBoard,
  region: Region,
  counters: StorageCounters = newStorageCounters(),
): Storage {
  const access = async <T>(path: string, work: () => Promise<T>): Promise<T> => {
    const refuse = (why: string) => new StorageFaultError(`The storage of the ${region} region ${why}: ${path}`);
    const fault = board.hit(region, 'storage', path, ['outage', 'hang', 'latency', 'http', 'drop-response']);
    switch (fault.kind) {
      case 'outage':
        throw refuse('is unreachable');
      case 'hang':
        await board.nextChange(region, 'storage');
        throw refuse('did not answer');
      case 'http':
        throw refuse(`answered ${fault.status}`);
      case 'latency':
        await delay(fault.ms);
        return work();
      case 'drop-response':
        await work();
        throw refuse('cut the connection after doing its work');
      default:
        return work();
    }
  };
  const change = async <T>(path: string, work: () => Promise<T>): Promise<T> => {
    await statementContext.getStore()?.beforeWrite(path);
    return access(path, work);
  };

  return {
    list(folder, options) {
      counters.lists += 1;
      return access(folder, () => storage.list(folder, options));
    },
    stat: (path) => access(path, () => storage.stat(path)),
    async read(path, range) {
      const content = await access(path, () => storage.read(path, range));
      counters.reads += 1;
      counters.readBytes += content.length;
      return content;
    },
    async putIfAbsent(path, content, modifiedAtMs) {
      const created = await change(path, () => storage.putIfAbsent(path, content, modifiedAtMs));
      counters.writes += 1;
      if (created) counters.writtenBytes += content.length;
      return created;
    },
    async write(path, content) {
      await change(path, () => storage.write(path, content));
      counters.writes += 1;
      counters.writtenBytes += content.length;
    },
    async copy(from, to, modifiedAtMs) {
      const copiedBytes = await change(to, () => storage.copy(from, to, modifiedAtMs));
      counters.copies += 1;
      counters.copiedBytes += copiedBytes;
      return copiedBytes;
    },
    async delete(path) {
      await change(path, () => storage.delete(path));
      counters.deletes += 1;
    },
  };
}
