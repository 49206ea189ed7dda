import type { Region } from '../../domain/region.js';
import type { RunOptions } from '../jobs/task-work.js';
import type { RunRecord } from '../server/backends.js';
import { BackendError } from '../server/backends.js';
import { jobOwner } from './principals.js';
import type { StackRegion } from './region.js';

export interface RunJobRequest extends RunOptions {
  /** Name of the job. */
  readonly job: string;
  /** Default `primary`. */
  readonly region?: Region;
  readonly parameters?: Readonly<Record<string, string>>;
}

export interface StartedRun {
  readonly runId: string;
  /** The run as soon as it is active no longer; its result may be anything. */
  readonly ended: Promise<RunRecord>;
}

/** Starts a run of a job. @throws BackendError for an unknown job or task, or a region that is down */
export function runJobByName(regions: Readonly<Record<Region, StackRegion>>, request: RunJobRequest): StartedRun {
  const { job: name, region = 'primary', parameters, ...options } = request;
  const { jobs } = regions[region];
  const found = jobs.listJobs().find((job) => job.settings.name === name);
  if (!found) {
    const names = jobs.listJobs().map((job) => job.settings.name);
    throw new BackendError(
      'RESOURCE_DOES_NOT_EXIST',
      `Region ${region} has no job '${name}'. Its jobs are: ${names.join(', ')}.`,
    );
  }
  const { runId } = jobs.runNow({
    jobId: found.jobId,
    principal: jobOwner,
    ...options,
    ...(parameters && { jobParameters: parameters }),
  });
  return { runId, ended: jobs.whenEnded(runId) };
}
