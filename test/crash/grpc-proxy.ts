/**
 * Stands between a worker and the Temporal server, and lets either die at an exact instant: when the worker reports that
 * an activity has completed. The report is either lost (the work is done, nobody knows) or the last thing that got through.
 */
import type { ClientHttp2Session, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { connect, constants, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import proto from '@temporalio/proto';
import { stepName } from './steps-of-history.js';

const {
  PollActivityTaskQueueResponse,
  PollWorkflowTaskQueueResponse,
  RespondActivityTaskCompletedRequest,
  RespondWorkflowTaskCompletedResponse,
} = proto.temporal.api.workflowservice.v1;

type ActivityTask = temporal.api.workflowservice.v1.IPollActivityTaskQueueResponse;

/** What becomes of a report: handed on, lost with who dies, or handed on as the last thing before the death. */
export type Verdict = 'pass' | 'lost' | 'last';

export interface GrpcProxy {
  readonly address: string;
  /** Asked at every completed activity. */
  judge: (step: string) => Verdict;
  /** Has to kill the worker or the server; called once a verdict says so. The report is never answered. */
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
  const upstream = reconnecting(target);
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
      upstream.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  const hold = ({ taskToken, activityType, input }: ActivityTask): void => {
    if (!taskToken || taskToken.length === 0) return;
    const step = stepName(activityType?.name ?? '', input?.payloads ?? []);
    held.set(Buffer.from(taskToken).toString('hex'), { token: taskToken, step });
  };

  const serve = async (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> => {
    const path = headers[':path'];
    const body = await bodyOf(stream);
    if (path === `${service}/RespondActivityTaskCompleted`) {
      const { taskToken } = RespondActivityTaskCompletedRequest.decode(message(body, headers));
      const key = Buffer.from(taskToken).toString('hex');
      const verdict = proxy.judge(held.get(key)?.step ?? 'unknown');
      if (verdict === 'lost') return proxy.strike();
      const answer = await call(upstream.session(), stream, headers, body);
      held.delete(key);
      return verdict === 'last' ? proxy.strike() : respond(stream, answer);
    }
    const answer = await call(upstream.session(), stream, headers, body);
    if (path === `${service}/PollActivityTaskQueue`) {
      const task = PollActivityTaskQueueResponse.decode(message(answer.body, answer.headers));
      // The poller is dead: the server does not know that nobody took the task.
      if (stream.destroyed && task.taskToken.length > 0) return release(task.taskToken);
      hold(task);
    }
    if (path === `${service}/RespondWorkflowTaskCompleted`) {
      // Activities on the workflow's own queue are handed out with the answer, unless a slot is lacking ("eager").
      const { activityTasks } = RespondWorkflowTaskCompletedResponse.decode(message(answer.body, answer.headers));
      for (const task of activityTasks) hold(task);
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
    // Where the server is not there, or gave no answer, the worker tries again as it would without a proxy; a call that
    // was not answered because its worker died has nobody left to tell.
    serve(stream, headers)
      .catch(() => undefined)
      .finally(() => {
        if (!stream.destroyed && !stream.headersSent) stream.close(constants.NGHTTP2_REFUSED_STREAM);
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(proxy, { address: `127.0.0.1:${(server.address() as AddressInfo).port}` });
}

/** One connection to the server, made anew when the server has been restarted. */
function reconnecting(target: string): { session(): ClientHttp2Session; close(): void } {
  let current: ClientHttp2Session | null = null;
  return {
    session() {
      if (current === null || current.closed || current.destroyed) {
        current = connect(`http://${target}`);
        // Every call of it fails by itself.
        current.on('error', () => undefined);
      }
      return current;
    },
    close: () => current?.destroy(),
  };
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
  if (stream.destroyed || headers[':status'] === undefined) return;
  if ('grpc-status' in headers) {
    stream.respond(headers, { endStream: true });
    return;
  }
  stream.respond(headers, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers(trailers));
  stream.end(body);
}
