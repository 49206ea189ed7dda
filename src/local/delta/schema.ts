import { z } from 'zod';
import { SqlError } from '../sql/statement.js';

/** Spark schemas as `metaData.schemaString` holds them. Their SQL text is the business of `type-text.ts`. */

export interface StructField {
  readonly name: string;
  readonly type: DataType;
  readonly nullable: boolean;
  /** `comment`, `delta.columnMapping.*`, `delta.identity.*`… */
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface StructType {
  readonly type: 'struct';
  readonly fields: readonly StructField[];
}

interface ArrayType {
  readonly type: 'array';
  readonly elementType: DataType;
  readonly containsNull: boolean;
}

interface MapType {
  readonly type: 'map';
  readonly keyType: DataType;
  readonly valueType: DataType;
  readonly valueContainsNull: boolean;
}

/** A primitive by its JSON name: `integer`, `long`, `string`, `decimal(10,2)`, `timestamp_ntz`… */
type PrimitiveType = string;

export type DataType = PrimitiveType | StructType | ArrayType | MapType;

const dataTypeSchema: z.ZodType<DataType> = z.lazy(() =>
  z.union([
    z.string(),
    structSchema,
    z.object({ type: z.literal('array'), elementType: dataTypeSchema, containsNull: z.boolean() }),
    z.object({
      type: z.literal('map'),
      keyType: dataTypeSchema,
      valueType: dataTypeSchema,
      valueContainsNull: z.boolean(),
    }),
  ]),
);

const structSchema: z.ZodType<StructType> = z.object({
  type: z.literal('struct'),
  fields: z.array(
    z.object({
      name: z.string(),
      type: dataTypeSchema,
      nullable: z.boolean(),
      metadata: z.record(z.string(), z.unknown()).default({}),
    }),
  ),
});

/** Parses `metaData.schemaString`. Throws SqlError where it is no schema. */
export function parseSchema(schemaString: string): StructType {
  try {
    return structSchema.parse(JSON.parse(schemaString));
  } catch (cause) {
    throw new SqlError('DELTA_SCHEMA_NOT_READABLE', 'KD00E', `The table's schema can't be read: ${schemaString}.`, {
      cause,
    });
  }
}

export const schemaToJson = (schema: StructType): string => JSON.stringify(schema);

/** A nullable column without metadata, but for a comment. */
export const field = (name: string, type: DataType, comment?: string): StructField => ({
  name,
  type,
  nullable: true,
  metadata: comment === undefined ? {} : { comment },
});

/** Name of a column inside data files, stats and partitionValues; differs from its own under column mapping. */
export function physicalName({ name, metadata }: StructField): string {
  const physical = metadata['delta.columnMapping.physicalName'];
  return typeof physical === 'string' ? physical : name;
}

/** Whether the test holds for any type in the schema, nested ones included. */
export function anyType(type: DataType, test: (type: DataType) => boolean): boolean {
  if (test(type)) return true;
  if (typeof type === 'string') return false;
  switch (type.type) {
    case 'struct':
      return type.fields.some((one) => anyType(one.type, test));
    case 'array':
      return anyType(type.elementType, test);
    case 'map':
      return anyType(type.keyType, test) || anyType(type.valueType, test);
  }
}
