import { randomInt, randomUUID } from 'node:crypto';
import { mostNameBytes, mostTables } from '../../src/config/group-size.js';
import type { ManifestEntry } from '../../src/domain/point.js';

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789_';

/** As many tables and as long names as `validate` allows, each name drawn at random: nothing that compresses well. */
export function largestManifest(): readonly ManifestEntry[] {
  const partLength = Math.floor(mostNameBytes / mostTables / 2 / 3) - 1;
  const part = (): string => Array.from({ length: partLength }, () => letters[randomInt(letters.length)]).join('');
  const name = (): string => [part(), part(), part()].join('.');
  return Array.from({ length: mostTables }, (_, index) => {
    const sourceTable = name();
    const sourceTableId = randomUUID();
    return {
      sourceTable,
      targetTable: name(),
      stagingLocation: `abfss://sync@account.dfs.core.windows.net/workspace/${sourceTable.split('.').join('/')}`,
      sourceTableId,
      sourceVersion: index,
      stagingVersion: index,
      stagingCommittedAt: Date.now() + randomInt(1_000_000),
      stamp: { sourceTableId, sourceVersion: index, syncId: 's1', epoch: 1, controller: 'c1' },
      sourceRetention: { log: null, deletedFiles: null },
      targetVersionBefore: index,
      carried: false,
    };
  });
}
