/** Lets things happen. What was broken is whole again, and what was killed is up again, when an action has ended. */
import { setTimeout as sleep } from 'node:timers/promises';
import { assertNever } from '../../src/domain/assert-never.js';
import { BackendError } from '../../src/local/server/backends.js';
import { warehouses } from '../../src/local/stack/layout.js';
import type { StartedRun } from '../../src/local/stack/run-job.js';
import { syncRunId } from '../../src/workflows/messages.js';
import { workspace } from '../support/world.js';
import type { ChaosWorld } from './chaos-world.js';
import type { Happening, Moment } from './plan.js';

/** Plays a round; resolves when everything that it began has ended. */
export async function playRound(chaos: ChaosWorld, moments: readonly Moment[]): Promise<void> {
  const begun = Date.now();
  const acting: Promise<void>[] = [];
  for (const { atMs, happening } of moments) {
    await sleep(Math.max(0, begun + atMs - Date.now()));
    acting.push(act(chaos, happening));
  }
  await Promise.all(acting);
}

async function act(chaos: ChaosWorld, happening: Happening): Promise<void> {
  switch (happening.what) {
    case 'run':
      return run(chaos, happening);
    case 'maintenance':
      return maintain(chaos, happening);
    case 'ask':
      return ask(chaos, happening.how);
    case 'pause':
      await signal(chaos, 'pause');
      await sleep(happening.forMs);
      return signal(chaos, 'resume');
    case 'fault':
      return breakDown(chaos, happening);
    case 'worker':
      return oneAtATime(chaos, async () => {
        chaos.counts.kills += 1;
        await (happening.how === 'killed' ? chaos.worker.kill() : chaos.worker.stop());
        await sleep(happening.downMs);
        await chaos.worker.start();
      });
    case 'server':
      return oneAtATime(chaos, async () => {
        chaos.counts.kills += 1;
        await chaos.world.stack.temporal?.killAndRestart();
      });
    case 'operator':
      return oneAtATime(chaos, () => operate(chaos, happening.how));
    default:
      return assertNever(happening);
  }
}

async function oneAtATime({ deaths }: ChaosWorld, work: () => Promise<void>): Promise<void> {
  const mine = deaths.last.then(work);
  deaths.last = mine.catch(() => undefined);
  await mine;
}

async function run(
  { world: { stack }, job, failingTask, runs }: ChaosWorld,
  { how, stepDelayMs }: Extract<Happening, { what: 'run' }>,
): Promise<void> {
  const { jobs } = stack.regions.primary;
  const fails = how === 'fails' || how === 'repaired';
  let started: StartedRun;
  try {
    started = stack.runJob({ job, stepDelayMs, ...(fails && { failAt: failingTask }) });
  } catch (thrown) {
    // The region is down: nobody can start a run there.
    if (thrown instanceof BackendError) return;
    throw thrown;
  }
  const { runId, ended } = started;
  const whole = (async () => {
    if (how === 'cancelled') {
      await sleep(stepDelayMs);
      jobs.cancelRun(runId);
    }
    await ended;
    if (how !== 'repaired' || jobs.run(runId)?.state.result !== 'FAILED') return;
    jobs.repairRun({ runId, rerunAllFailedTasks: true });
    await jobs.whenEnded(runId);
  })();
  runs.add(whole);
  await whole.finally(() => runs.delete(whole));
}

/** As a person does it, in the SQL editor. A region that is down refuses it, which is no concern of this test. */
async function maintain(
  { world: { stack }, tables }: ChaosWorld,
  { statement, table }: Extract<Happening, { what: 'maintenance' }>,
): Promise<void> {
  const { statements, warehouses: known } = stack.regions.primary;
  const warehouse = known.get(warehouses.primary.jobs);
  if (!warehouse) throw new Error('the local pair lacks its warehouse for people');
  await statements.submit({ sql: `${statement} ${tables[table]}`, warehouse, principal: 'admin' }).done;
}

/** Signals reach the server or not; one that dies has not taken them, and the person who sent it sees that and repeats it. */
export async function signal(chaos: ChaosWorld, name: string, input: object = {}): Promise<void> {
  const id = `${name}-by-hand-${chaos.requests.length + 1}`;
  chaos.requests.push({ id, mayBeLost: false });
  await send(chaos, name, { requestId: id, ...input });
}

async function send({ world, group }: ChaosWorld, name: string, input: unknown): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await world.entity(group).signal(name, input);
      return;
    } catch (thrown) {
      // The server is down, or the group's workflow was terminated and waits for its tick.
      if (attempt === 40) throw thrown;
      await sleep(250);
    }
  }
}

async function ask(chaos: ChaosWorld, how: Extract<Happening, { what: 'ask' }>['how']): Promise<void> {
  switch (how) {
    case 'syncNow':
      return signal(chaos, 'syncNow');
    case 'again': {
      const last = chaos.requests.findLast(({ id }) => id.startsWith('syncNow'));
      return last ? send(chaos, 'syncNow', { requestId: last.id }) : signal(chaos, 'syncNow');
    }
    case 'tick':
      return tick(chaos);
    case 'nonsense':
      return send(chaos, 'syncNow', 'now, please');
    case 'unknown':
      return send(chaos, 'hurryUp', {});
    default:
      return assertNever(how);
  }
}

/** What the group's Schedule does by itself once in an interval. */
export async function tick({ world, group }: ChaosWorld): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await world.client.schedule.getHandle(`dr/${workspace}/${group}`).trigger();
      return;
    } catch (thrown) {
      if (attempt === 40) throw thrown;
      await sleep(250);
    }
  }
}

/** A fault that nothing meets for so long is lifted. */
const hitWithinMs = 40_000;

async function breakDown(
  { world: { stack }, counts }: ChaosWorld,
  { region, part, fault, seed, forMs }: Extract<Happening, { what: 'fault' }>,
): Promise<void> {
  stack.faults.set(region, part, fault, seed);
  const deadline = Date.now() + hitWithinMs;
  while (stack.faults.hits(region, part) === 0 && Date.now() < deadline) await sleep(50);
  if (stack.faults.hits(region, part) > 0) counts.faults += 1;
  await sleep(forMs);
  stack.faults.set(region, part, { kind: 'none' });
}

async function operate(chaos: ChaosWorld, how: Extract<Happening, { what: 'operator' }>['how']): Promise<void> {
  const { world, group, counts, requests, failuresSeen } = chaos;
  const sync = world.client.workflow.getHandle(syncRunId({ workspace, group }));
  switch (how) {
    case 'terminates the group':
      counts.kills += 1;
      await ifItRuns(world.entity(group).terminate('chaos'));
      // What this life had taken and not yet answered or told dies with it: its operator wanted it so.
      for (const request of requests) request.mayBeLost = true;
      failuresSeen.clear();
      return tick(chaos);
    case 'cancels the group':
      await ifItRuns(world.entity(group).cancel());
      return;
    case 'resets the group': {
      counts.kills += 1;
      const reset = await world.temporal(
        ...['workflow', 'reset', '--address', world.stack.file.temporal?.address ?? ''],
        ...['--workflow-id', `dr/${workspace}/${group}`, '--type', 'LastWorkflowTask', '--reason', 'chaos'],
      );
      if (reset.code !== 0) throw new Error(`reset: ${reset.stderr}`);
      return;
    }
    case 'cancels the sync':
      await ifItRuns(sync.cancel());
      return;
    case 'terminates the sync':
      counts.kills += 1;
      await ifItRuns(sync.terminate('chaos'));
      return;
    default:
      assertNever(how);
  }
}

const ifItRuns = (order: Promise<unknown>): Promise<unknown> =>
  order.catch((thrown: unknown) => {
    if (!(thrown instanceof Error) || thrown.name !== 'WorkflowNotFoundError') throw thrown;
  });
