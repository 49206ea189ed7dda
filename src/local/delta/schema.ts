/** Spark schemas: the JSON of `metaData.schemaString`, and the SQL text of types. */

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

export interface ArrayType {
  readonly type: 'array';
  readonly elementType: DataType;
  readonly containsNull: boolean;
}

export interface MapType {
  readonly type: 'map';
  readonly keyType: DataType;
  readonly valueType: DataType;
  readonly valueContainsNull: boolean;
}

/** A primitive by its JSON name: `integer`, `long`, `string`, `decimal(10,2)`, `timestamp_ntz`… */
export type PrimitiveType = string;

export type DataType = PrimitiveType | StructType | ArrayType | MapType;
