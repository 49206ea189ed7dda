import type { IncomingMessage, ServerResponse } from 'node:http';
import { BackendError } from '../backends.js';
import { ApiError } from './api-error.js';
import { toJson } from './json.js';

const maxBodyBytes = 64 * 1024 * 1024;

/** @throws ApiError REQUEST_TOO_LARGE; the stream's error when the client goes away. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxBodyBytes) throw new ApiError(413, 'REQUEST_TOO_LARGE', `The request exceeds ${maxBodyBytes} bytes.`);
  }
  return Buffer.concat(chunks);
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export const jsonAnswer = (status: number, value: unknown, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: Buffer.from(toJson(value)),
});

export const binaryAnswer = (body: Buffer): Answer => ({
  status: 200,
  headers: { 'content-type': 'application/x-thrift' },
  body,
});

const backendStatus = {
  RESOURCE_DOES_NOT_EXIST: 404,
  INVALID_PARAMETER_VALUE: 400,
  INVALID_STATE: 400,
  RESOURCE_ALREADY_EXISTS: 400,
} as const;

/** An error as the REST API tells it; what nobody foresaw is an INTERNAL_ERROR with its message. */
export function errorAnswer(error: unknown): Answer {
  if (error instanceof ApiError)
    return jsonAnswer(error.status, { error_code: error.errorCode, message: error.message });
  if (error instanceof BackendError) {
    return jsonAnswer(backendStatus[error.errorCode], { error_code: error.errorCode, message: error.message });
  }
  const message = error instanceof Error ? error.message : String(error);
  return jsonAnswer(500, { error_code: 'INTERNAL_ERROR', message });
}

export function send(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, { ...answer.headers, 'content-length': answer.body.length });
  response.end(answer.body);
}
