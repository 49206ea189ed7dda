import { z } from 'zod';
import type { FaultRequest, RunAnswer, RunRequestBody } from './control-routes.js';
import { layoutOf } from './layout.js';
import type { StackFile } from './stack-file.js';
import { readStackFile } from './stack-file.js';

const answerLimitMs = 10_000;

/** No pair answers in a folder. */
export class NoPairError extends Error {
  override readonly name = 'NoPairError';
}

/** The running pair said no. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
  readonly status: number;
  /** `error_code` as the REST API of a workspace gives it. */
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const errorBody = z.object({ error_code: z.string().default(''), message: z.string() });
const startedBody = z.object({ runId: z.string() });
const runBody = z.object({
  runId: z.string(),
  active: z.boolean(),
  lifeCycle: z.string(),
  result: z.string().nullable(),
  message: z.string(),
});

/** Speaks to the pair that runs in a folder. Every method throws NoPairError when none answers, ControlError when it refuses. */
export class ControlClient {
  readonly #control: StackFile['control'];
  readonly #dir: string;

  /** @throws NoPairError when nothing was started in the folder, or it was stopped */
  constructor(dir: string) {
    const file = readStackFile(layoutOf(dir).stackFile);
    if (!file) throw new NoPairError(`No local pair runs in ${dir}.`);
    this.#control = file.control;
    this.#dir = dir;
  }

  async alive(): Promise<void> {
    await this.#call('GET', '/alive');
  }

  async fault(request: FaultRequest): Promise<void> {
    await this.#call('POST', '/fault', request);
  }

  async runJob(request: RunRequestBody): Promise<{ readonly runId: string }> {
    return startedBody.parse(await this.#call('POST', '/run-job', request));
  }

  async run(region: string, runId: string): Promise<RunAnswer> {
    return runBody.parse(await this.#call('GET', `/run?${new URLSearchParams({ region, runId })}`));
  }

  /** As the pair tells it; printed, not looked into. */
  async truth(): Promise<unknown> {
    return await this.#call('GET', '/truth');
  }

  async stop(): Promise<void> {
    await this.#call('POST', '/stop');
  }

  async #call(method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> {
    const response = await this.#request(method, path, body);
    const answer: unknown = await response.json();
    if (response.ok) return answer;
    const parsed = errorBody.safeParse(answer);
    if (!parsed.success) throw new ControlError(response.status, '', `The pair answered ${response.status}.`);
    throw new ControlError(response.status, parsed.data.error_code, parsed.data.message);
  }

  async #request(method: string, path: string, body: unknown): Promise<Response> {
    try {
      return await fetch(`${this.#control.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${this.#control.key}` },
        signal: AbortSignal.timeout(answerLimitMs),
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    } catch (cause) {
      throw new NoPairError(`The local pair of ${this.#dir} does not answer: it was probably killed.`, { cause });
    }
  }
}

/** Whether a pair answers in this folder. */
export async function pairIsRunning(dir: string): Promise<boolean> {
  try {
    await new ControlClient(dir).alive();
    return true;
  } catch (error) {
    if (error instanceof NoPairError) return false;
    // The port of a killed pair may be another's now, who does not know our key.
    if (error instanceof ControlError) return false;
    throw error;
  }
}
