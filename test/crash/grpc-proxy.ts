/**
 * Stands between a worker and the Temporal server, and lets the worker die at an exact instant: when it reports that an
 * activity has completed. The report is either lost with it (the work is done, nobody knows) or is the last thing it did.
 */
import type { ClientHttp2Session, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { connect, constants, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { stepName } from './steps-of-history.js';

const { PollActivityTaskQueueResponse, PollWorkflowTaskQueueResponse, RespondActivityTaskCompletedRequest } =
  proto.temporal.api.workflowservice.v1;

/** What becomes of a report: handed on, lost with the worker, or handed on as the last thing that the worker did. */
export type Verdict = 'pass' | 'lost' | 'last';

export interface GrpcProxy {
  readonly address: string;
  /** Asked at every completed activity. */
  judge: (step: string) => Verdict;
  /** Has to kill the worker; called once a verdict says so. */
  strike: () => Promise<void>;
  /**
   * What a killed worker held is given out again at once. The server does so by itself when an attempt's time-out has
   * passed; that is brought forward, for a hundred deaths would take hours otherwise.
   */
  releaseTasks(): Promise<void>;
  close(): Promise<void>;
}

interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly trailers: IncomingHttpHeaders;
}

const service = '/temporal.api.workflowservice.v1.WorkflowService';

export async function startGrpcProxy(
  target: string,
  connection: Client['connection'],
  namespace: string,
): Promise<GrpcProxy> {
  const upstream = connect(`http://${target}`);
  upstream.on('error', () => undefined);
  const held = new Map<string, { token: Uint8Array; step: string }>();
  /** Workflows that the worker keeps in its cache, by id: their next task would wait for it in vain for 10 s. */
  const cached = new Set<string>();

  const release = async (token: Uint8Array): Promise<void> => {
    const failure = { message: 'the worker died', applicationFailureInfo: { type: 'WORKER_DIED' } };
    // Not found: the workflow has ended, or no longer waits for this attempt.
    await connection.workflowService
      .respondActivityTaskFailed({ taskToken: token, namespace, failure })
      .catch(() => undefined);
  };

  const proxy: GrpcProxy = {
    address: '',
    judge: () => 'pass',
    strike: async () => undefined,
    async releaseTasks() {
      const tokens = [...held.values()];
      held.clear();
      const sticky = [...cached].map((workflowId) => ({ namespace, execution: { workflowId } }));
      cached.clear();
      await Promise.all([
        ...tokens.map(({ token }) => release(token)),
        ...sticky.map((which) => connection.workflowService.resetStickyTaskQueue(which).catch(() => undefined)),
      ]);
    },
    async close() {
      for (const session of sessions) session.destroy();
      upstream.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  const serve = async (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> => {
    const path = headers[':path'];
    const body = await bodyOf(stream);
    if (path === `${service}/RespondActivityTaskCompleted`) {
      const { taskToken } = RespondActivityTaskCompletedRequest.decode(message(body, headers));
      const key = Buffer.from(taskToken).toString('hex');
      const verdict = proxy.judge(held.get(key)?.step ?? 'unknown');
      if (verdict === 'lost') return proxy.strike();
      const answer = await call(upstream, stream, headers, body);
      held.delete(key);
      return verdict === 'last' ? proxy.strike() : respond(stream, answer);
    }
    const answer = await call(upstream, stream, headers, body);
    if (path === `${service}/PollActivityTaskQueue`) {
      const task = PollActivityTaskQueueResponse.decode(message(answer.body, answer.headers));
      if (task.taskToken.length > 0) {
        // The poller is dead: the server does not know that nobody took the task.
        if (stream.destroyed) return release(task.taskToken);
        const step = stepName(task.activityType?.name ?? '', task.input?.payloads ?? []);
        held.set(Buffer.from(task.taskToken).toString('hex'), { token: task.taskToken, step });
      }
    }
    if (path === `${service}/PollWorkflowTaskQueue`) {
      const { workflowExecution } = PollWorkflowTaskQueueResponse.decode(message(answer.body, answer.headers));
      if (workflowExecution?.workflowId) cached.add(workflowExecution.workflowId);
    }
    if (/RespondActivityTask(Failed|Canceled)$/.test(path ?? '')) {
      const { taskToken } = RespondActivityTaskCompletedRequest.decode(message(body, headers));
      held.delete(Buffer.from(taskToken).toString('hex'));
    }
    respond(stream, answer);
  };

  const server = createServer({ settings: { maxConcurrentStreams: 1000 } });
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => undefined);
    session.once('close', () => sessions.delete(session));
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    serve(stream, headers).catch(() => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(proxy, { address: `127.0.0.1:${(server.address() as AddressInfo).port}` });
}

async function bodyOf(stream: ServerHttp2Stream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The one message of a unary call. Source: "gRPC over HTTP2", length-prefixed messages. */
function message(body: Buffer, headers: IncomingHttpHeaders): Buffer {
  if (body.length < 5) return Buffer.alloc(0);
  const bytes = body.subarray(5, 5 + body.readUInt32BE(1));
  return body[0] === 1 && headers['grpc-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
}

function call(
  upstream: ClientHttp2Session,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  body: Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = upstream.request(headers);
    const chunks: Buffer[] = [];
    let answered: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    // A long poll of a worker that died must not take a task away from the next one.
    stream.once('close', () => request.close(constants.NGHTTP2_CANCEL));
    request.on('response', (answer) => {
      answered = answer;
    });
    request.on('trailers', (last) => {
      trailers = last;
    });
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('error', reject);
    request.once('close', () => resolve({ headers: answered, body: Buffer.concat(chunks), trailers }));
    request.end(body);
  });
}

function respond(stream: ServerHttp2Stream, { headers, body, trailers }: Answer): void {
  if (stream.destroyed || headers[':status'] === undefined) {
    stream.close(constants.NGHTTP2_CANCEL);
    return;
  }
  if ('grpc-status' in headers) {
    stream.respond(headers, { endStream: true });
    return;
  }
  stream.respond(headers, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers(trailers));
  stream.end(body);
}
