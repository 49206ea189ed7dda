import type { JobRecord } from '../../src/local/server/backends.js';
import type { World } from './world.js';

const load = { notebook_task: { notebook_path: 'standalone/load.sql', source: 'GIT' } };

/** A job of the primary. @throws Error when there is none of that name */
export function jobNamed({ stack }: World, name: string): JobRecord {
  const job = stack.regions.primary.jobs.listJobs().find(({ settings }) => settings.name === name);
  if (!job) throw new Error(`the local pair has no job ${name}`);
  return job;
}

/** The task that fails where a run is to fail in one of its iterations. */
export const iterationTask = 'each_load';

/** Tasks that write the standalone tables in two iterations and then by a run of another job, which this creates. */
export function nestedTasks(world: World, { creator }: JobRecord) {
  const { jobs } = world.stack.regions.primary;
  const calledJobId = jobs.createJob({ name: 'called', tasks: [{ task_key: 'load', ...load }] }, creator);
  const each = {
    task_key: 'each',
    for_each_task: { inputs: '["a", "b"]', task: { task_key: iterationTask, ...load } },
  };
  const call = { task_key: 'call', depends_on: [{ task_key: 'each' }], run_job_task: { job_id: calledJobId } };
  return [each, call];
}
