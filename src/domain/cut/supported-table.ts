import type { TableDetail } from '../commits.js';
import type { Failure } from '../failure.js';
import type { Region } from '../region.js';

/** What Unity Catalog says of a table, reduced to what decides whether a deep clone can carry it. */
export interface CatalogTable {
  /** `MANAGED`, `EXTERNAL`, `VIEW`, … The vendor's list is open. */
  readonly tableType: string;
  /** null where the catalog names none (views). */
  readonly dataSourceFormat: string | null;
  readonly hasRowFilter: boolean;
  readonly maskedColumns: readonly string[];
}

const supportedTypes: ReadonlySet<string> = new Set([
  'MANAGED',
  'EXTERNAL',
  'MANAGED_SHALLOW_CLONE',
  'EXTERNAL_SHALLOW_CLONE',
]);

/**
 * Why a deep clone can't carry a table, as `UNSUPPORTED_TABLE`; null when it can. An unknown table type is refused:
 * nobody has shown that it can be cloned.
 *
 * @param catalog  Unity Catalog's entry; null where it was not asked
 * @param detail   `DESCRIBE DETAIL`; null where it was not asked
 */
export function unsupportedTable(
  name: string,
  catalog: CatalogTable | null,
  detail: Pick<TableDetail, 'format'> | null,
): Failure | null {
  const reasons = [
    ...(catalog === null ? [] : catalogReasons(catalog)),
    ...(detail === null ? [] : detailReasons(detail)),
  ];
  const [first, ...others] = reasons;
  if (first === undefined) return null;
  return {
    code: 'UNSUPPORTED_TABLE',
    message: `${name} can't be replicated: ${[first, ...others].map(({ what }) => what).join('; ')}.`,
    remedy: first.remedy,
  };
}

interface Reason {
  readonly what: string;
  readonly remedy: string;
}

function catalogReasons(catalog: CatalogTable): Reason[] {
  const type = catalog.tableType.toUpperCase();
  const format = catalog.dataSourceFormat?.toUpperCase() ?? null;
  if (!supportedTypes.has(type)) {
    return [
      {
        what: `it is a ${type === 'FOREIGN' ? 'foreign table' : type.toLowerCase().replaceAll('_', ' ')}, and only Delta tables can be cloned`,
        remedy: 'Take it out of the group, and let CI/CD create it in both regions on top of the replicated tables.',
      },
    ];
  }
  const reasons: Reason[] = [];
  if (format !== 'DELTA') {
    reasons.push({
      what: `its format is ${format ?? 'unknown'}, not Delta`,
      remedy: 'Convert it to Delta, or take it out of the group.',
    });
  }
  if (catalog.hasRowFilter) {
    reasons.push({
      what: 'it has a row filter, and an older version of a filtered table can not be read',
      remedy: 'Put the filter on a view on top of the table, or take the table out of the group.',
    });
  }
  if (catalog.maskedColumns.length > 0) {
    reasons.push({
      what: `it masks columns (${catalog.maskedColumns.join(', ')}), and a masked column would be copied as it is masked`,
      remedy: 'Put the masks on a view on top of the table, or take the table out of the group.',
    });
  }
  return reasons;
}

function detailReasons({ format }: Pick<TableDetail, 'format'>): Reason[] {
  if (format.toLowerCase() === 'delta') return [];
  return [{ what: `its format is ${format}, not Delta`, remedy: 'Convert it to Delta, or take it out of the group.' }];
}

/** Why the runs of a job can't be copied, as `UNSUPPORTED_CHANGE`; null when they can. */
export function unsupportedJob(
  name: string,
  region: Region,
  job: { readonly isContinuous: boolean },
  acknowledgeStreaming: boolean,
): Failure | null {
  if (!job.isContinuous || acknowledgeStreaming) return null;
  return {
    code: 'UNSUPPORTED_CHANGE',
    message: `The job "${name}" of the ${region} region runs continuously, and its checkpoints are not copied.`,
    remedy: 'Give it a schedule, or accept this with "acknowledge_streaming": true; then resume the group.',
  };
}
