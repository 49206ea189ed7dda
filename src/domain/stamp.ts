import type { Stamp } from './point.js';

/** Table properties that carry the stamp. Names are fixed: tables that older versions wrote must stay readable. */
const stampKeys = {
  sourceTableId: 'dr.source_table_id',
  sourceVersion: 'dr.source_version',
  syncId: 'dr.sync_id',
  epoch: 'dr.epoch',
  controller: 'dr.controller',
} as const;

export const stampProperties = (stamp: Stamp): Readonly<Record<string, string>> => ({
  [stampKeys.sourceTableId]: stamp.sourceTableId,
  [stampKeys.sourceVersion]: String(stamp.sourceVersion),
  [stampKeys.syncId]: stamp.syncId,
  [stampKeys.epoch]: String(stamp.epoch),
  [stampKeys.controller]: stamp.controller,
});

const wholeNumber = (text: string | undefined): number | null => {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return null;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : null;
};

/**
 * The stamp in a table's properties. null when there is none, or when it is incomplete or garbled: such a table counts
 * as never stamped, so that its rows are guarded rather than trusted.
 */
export function stampOf(properties: Readonly<Record<string, string>>): Stamp | null {
  const sourceTableId = properties[stampKeys.sourceTableId];
  const sourceVersion = wholeNumber(properties[stampKeys.sourceVersion]);
  const syncId = properties[stampKeys.syncId];
  const epoch = wholeNumber(properties[stampKeys.epoch]);
  const controller = properties[stampKeys.controller];
  if (!sourceTableId || sourceVersion === null || !syncId || epoch === null || !controller) return null;
  return { sourceTableId, sourceVersion, syncId, epoch, controller };
}
