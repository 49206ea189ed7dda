import { z } from 'zod';
import type { Region } from '../../domain/region.js';
import type { RunRecord } from '../server/backends.js';
import type { ControlRoute } from '../server/control-server.js';
import type { Fault, FaultBoard } from '../server/faults.js';
import { parts } from '../server/faults.js';
import type { TrueRun } from '../truth/truth-log.js';
import type { RunJobRequest } from './run-job.js';

const region = z.enum(['primary', 'secondary']);

const faultRequest = z.object({
  region,
  part: z.enum(parts as readonly ['control', 'warehouse', 'storage']).optional(),
  fault: z.discriminatedUnion('kind', [
    z.object({ kind: z.enum(['outage', 'hang', 'drop-response', 'die-half-way', 'orphan', 'none']) }),
    z.object({ kind: z.literal('latency'), ms: z.number().nonnegative() }),
    z.object({ kind: z.literal('http'), status: z.number().int().min(400).max(599), rate: z.number().min(0).max(1) }),
  ]),
  seed: z.number().int().optional(),
});

const runRequest = z.object({
  job: z.string(),
  region: region.optional(),
  failAt: z.string().optional(),
  stepDelayMs: z.number().nonnegative().optional(),
});

const runQuery = z.object({ region, runId: z.string() });

/** Bodies of the control interface, for its client. */
export type FaultRequest = z.infer<typeof faultRequest>;
export type RunRequestBody = z.infer<typeof runRequest>;

export interface RunAnswer {
  readonly runId: string;
  readonly active: boolean;
  readonly lifeCycle: string;
  readonly result: string | null;
  readonly message: string;
}

export interface ControlHost {
  readonly faults: FaultBoard;
  runJob(request: RunJobRequest): { readonly runId: string };
  findRun(region: Region, runId: string): RunRecord | undefined;
  truth(): readonly TrueRun[];
  stop(): Promise<void>;
}

/** What the `local` commands ask of a running pair. */
export function controlRoutes(host: ControlHost): readonly ControlRoute[] {
  return [
    { method: 'GET', path: '/alive', handle: () => ({ alive: true }) },
    {
      method: 'POST',
      path: '/fault',
      handle(body) {
        const { region: where, part, fault, seed } = faultRequest.parse(body);
        if (part) host.faults.set(where, part, fault as Fault, seed);
        else host.faults.setAll(where, fault as Fault, seed);
      },
    },
    {
      method: 'POST',
      path: '/run-job',
      handle(body) {
        const { job, region: where, failAt, stepDelayMs } = runRequest.parse(body);
        const { runId } = host.runJob({
          job,
          ...(where && { region: where }),
          ...(failAt !== undefined && { failAt }),
          ...(stepDelayMs !== undefined && { stepDelayMs }),
        });
        return { runId };
      },
    },
    {
      method: 'GET',
      path: '/run',
      handle(_body, query): RunAnswer {
        const { region: where, runId } = runQuery.parse(Object.fromEntries(query));
        const run = host.findRun(where, runId);
        if (!run) throw new Error(`Region ${where} has no run ${runId}.`);
        const { lifeCycle, result, message } = run.state;
        return { runId, active: run.endTime === null, lifeCycle, result, message };
      },
    },
    { method: 'GET', path: '/truth', handle: () => host.truth() },
    {
      method: 'POST',
      path: '/stop',
      handle() {
        // Answered first: the stop takes this interface away, too.
        setImmediate(() => void host.stop());
      },
    },
  ];
}
