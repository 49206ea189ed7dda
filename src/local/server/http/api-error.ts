/** An answer that says no, in the REST API's shape `{error_code, message}`. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly errorCode: string;

  constructor(status: number, errorCode: string, message: string) {
    super(message);
    this.status = status;
    this.errorCode = errorCode;
  }
}

export const doesNotExist = (message: string): ApiError => new ApiError(404, 'RESOURCE_DOES_NOT_EXIST', message);

export const invalidParameter = (message: string): ApiError => new ApiError(400, 'INVALID_PARAMETER_VALUE', message);

/** Names principal, object and the missing right, as the product's own errors are required to. */
export const permissionDenied = (principal: string, right: string, object: string): ApiError =>
  new ApiError(403, 'PERMISSION_DENIED', `User ${principal} does not have ${right} permission on ${object}.`);
