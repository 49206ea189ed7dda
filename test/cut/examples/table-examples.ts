import type { CatalogTable } from '../../../src/domain/cut/index.js';
import { unsupportedJob, unsupportedTable } from '../../../src/domain/cut/index.js';

/** Which tables and jobs can be copied at all. Printed in docs/cut.md. */
export interface SupportExample {
  readonly title: string;
  /** How Unity Catalog's entry differs from that of a managed Delta table. */
  readonly table?: Partial<CatalogTable>;
  readonly job?: 'continuous';
  readonly acknowledgeStreaming?: true;
  readonly answer: string;
}

export const supportExamples: readonly SupportExample[] = [
  { title: 'a managed Delta table', table: {}, answer: 'ok' },
  { title: 'an external Delta table', table: { tableType: 'EXTERNAL' }, answer: 'ok' },
  { title: 'a shallow clone', table: { tableType: 'MANAGED_SHALLOW_CLONE' }, answer: 'ok' },
  {
    title: 'a view',
    table: { tableType: 'VIEW', dataSourceFormat: null },
    answer: 'UNSUPPORTED_TABLE: it is a view, and only Delta tables can be cloned',
  },
  {
    title: 'a materialized view',
    table: { tableType: 'MATERIALIZED_VIEW' },
    answer: 'UNSUPPORTED_TABLE: it is a materialized view, and only Delta tables can be cloned',
  },
  {
    title: 'a streaming table',
    table: { tableType: 'STREAMING_TABLE' },
    answer: 'UNSUPPORTED_TABLE: it is a streaming table, and only Delta tables can be cloned',
  },
  {
    title: 'a foreign table',
    table: { tableType: 'FOREIGN' },
    answer: 'UNSUPPORTED_TABLE: it is a foreign table, and only Delta tables can be cloned',
  },
  {
    title: 'a type that nobody knows',
    table: { tableType: 'HOLOGRAM' },
    answer: 'UNSUPPORTED_TABLE: it is a hologram, and only Delta tables can be cloned',
  },
  {
    title: 'another format',
    table: { dataSourceFormat: 'ICEBERG' },
    answer: 'UNSUPPORTED_TABLE: its format is ICEBERG, not Delta',
  },
  {
    title: 'a format that is not told',
    table: { dataSourceFormat: null },
    answer: 'UNSUPPORTED_TABLE: its format is unknown, not Delta',
  },
  {
    title: 'a row filter',
    table: { hasRowFilter: true },
    answer: 'UNSUPPORTED_TABLE: it has a row filter, and an older version of a filtered table can not be read',
  },
  {
    title: 'column masks',
    table: { maskedColumns: ['iban', 'name'] },
    answer: 'UNSUPPORTED_TABLE: it masks columns (iban, name), and a masked column would be copied as it is masked',
  },
  {
    title: 'a continuous job',
    job: 'continuous',
    answer:
      'UNSUPPORTED_CHANGE: The job "etl" of the primary region runs continuously, and its checkpoints are not copied',
  },
  { title: 'the same with acknowledge_streaming', job: 'continuous', acknowledgeStreaming: true, answer: 'ok' },
];

const managed: CatalogTable = {
  tableType: 'MANAGED',
  dataSourceFormat: 'DELTA',
  hasRowFilter: false,
  maskedColumns: [],
};

/** What the product answers, in the words of the examples. */
export function answerOf({ table, job, acknowledgeStreaming }: SupportExample): string {
  const failure =
    table === undefined
      ? unsupportedJob('etl', 'primary', { isContinuous: job === 'continuous' }, acknowledgeStreaming === true)
      : unsupportedTable('c.s.t', { ...managed, ...table }, { format: 'delta' });
  if (failure === null) return 'ok';
  return `${failure.code}: ${failure.message.replace(/^c\.s\.t can't be replicated: /, '').replace(/\.$/, '')}`;
}
