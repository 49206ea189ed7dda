import { createRequire } from 'node:module';

/** Arrow ships types for its CommonJS build alone, which is also the one that the Databricks driver loads. */
type Arrow = typeof import('apache-arrow', { with: { 'resolution-mode': 'require' }});

export const arrow = createRequire(import.meta.url)('apache-arrow') as Arrow;

export type Data = ReturnType<Arrow['makeData']>;
export type DataType = InstanceType<Arrow['DataType']>;
export type RecordBatch = InstanceType<Arrow['RecordBatch']>;
export type Schema = InstanceType<Arrow['Schema']>;
