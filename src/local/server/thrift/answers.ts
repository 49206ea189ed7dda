/** Answers that belong to no operation. */
import types from '@databricks/sql/thrift/TCLIService_types.js';

const { TGetInfoType, TStatusCode } = types;

export const success = (): types.TStatus => new types.TStatus({ statusCode: TStatusCode.SUCCESS_STATUS });

export const invalidHandle = (what: string): types.TStatus =>
  new types.TStatus({
    statusCode: TStatusCode.INVALID_HANDLE_STATUS,
    errorMessage: `Invalid ${what}: it was closed, has expired or belongs to somebody else.`,
  });

export const failed = (errorMessage: string): types.TStatus =>
  new types.TStatus({ statusCode: TStatusCode.ERROR_STATUS, errorMessage });

export const notSupported = (method: string): types.TStatus => failed(`${method} is not supported by SQL warehouses.`);

export function infoValue(infoType: types.TGetInfoType): types.TGetInfoValue {
  if (infoType === TGetInfoType.CLI_DBMS_VER) return new types.TGetInfoValue({ stringValue: '3.1.1' });
  return new types.TGetInfoValue({ stringValue: 'Spark SQL' });
}
