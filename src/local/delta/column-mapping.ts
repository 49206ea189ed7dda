import { randomUUID } from 'node:crypto';
import { SqlError } from '../sql/statement.js';
import type { Metadata } from './actions.js';
import { columnMappingMode, maxColumnId } from './properties.js';
import type { DataType, StructField } from './schema.js';
import { parseSchema, schemaToJson } from './schema.js';

/** Columns under names of their own in the data files (PROTOCOL.md, "Column Mapping"). */

type Configuration = Metadata['configuration'];

/**
 * What a change of properties means for the columns. From `none` to `name` each gets an id, and its own name as physical
 * name, for its files have it.
 *
 * @throws SqlError for any other change of mode
 */
export function withMappingMode(before: Metadata, configuration: Configuration): Metadata {
  const after: Metadata = { ...before, configuration };
  const [from, to] = [columnMappingMode(before), columnMappingMode(after)];
  if (from === to) return after;
  if (from !== 'none' || to !== 'name') throw mappingModeChange(from, to);
  const schema = parseSchema(before.schemaString);
  const { fields, lastId } = numbered(schema.fields, 0, ({ name }) => name);
  return {
    ...after,
    schemaString: schemaToJson({ ...schema, fields }),
    configuration: { ...configuration, 'delta.columnMapping.maxColumnId': String(lastId) },
  };
}

/** New columns of a table: under column mapping they need ids and physical names. */
export function mappedColumns(
  configuration: Configuration,
  columns: readonly StructField[],
): { readonly columns: readonly StructField[]; readonly configuration: Configuration } {
  if (columnMappingMode({ configuration }) === 'none') return { columns, configuration };
  const { fields, lastId } = numbered(columns, maxColumnId({ configuration }), () => `col-${randomUUID()}`);
  return {
    columns: fields,
    configuration: { ...configuration, 'delta.columnMapping.maxColumnId': String(lastId) },
  };
}

/** Class, SQLSTATE and wording of delta-error-classes.json. */
export const mappingModeChange = (from: string, to: string) =>
  new SqlError(
    'DELTA_UNSUPPORTED_COLUMN_MAPPING_MODE_CHANGE',
    '0AKDC',
    `Changing column mapping mode from '${from}' to '${to}' is not supported.`,
  );

/** Numbers the fields from `lastId + 1` on, a struct before what it holds. */
function numbered(
  fields: readonly StructField[],
  lastId: number,
  nameOf: (field: StructField) => string,
): { readonly fields: readonly StructField[]; readonly lastId: number } {
  let id = lastId;
  const visitField = (field: StructField): StructField => {
    id += 1;
    const own = { 'delta.columnMapping.id': id, 'delta.columnMapping.physicalName': nameOf(field) };
    return { ...field, type: visit(field.type), metadata: { ...field.metadata, ...own } };
  };
  const visit = (type: DataType): DataType => {
    if (typeof type === 'string') return type;
    switch (type.type) {
      case 'struct':
        return { ...type, fields: type.fields.map(visitField) };
      case 'array':
        return { ...type, elementType: visit(type.elementType) };
      case 'map':
        return { ...type, keyType: visit(type.keyType), valueType: visit(type.valueType) };
    }
  };
  return { fields: fields.map(visitField), lastId: id };
}
