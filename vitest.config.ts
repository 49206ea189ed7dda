import { defineConfig } from 'vitest/config';
import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

/**
 * Files that neither install a Temporal runtime nor start servers of it: they share processes, so that what they import
 * is loaded once for each process and not for each of them. Every other file has a process of its own.
 */
const sharing = [
  'test/{activities,config,cut,databricks,docs,domain,group,mail}/**/*.test.ts',
  'test/client/!(temporal).test.ts',
  'test/local/!(temporal)/**/*.test.ts',
  'test/worker/{logging,packed-payloads,payload-converter,queues}.test.ts',
];

/** Stories that take minutes, the longest first: whoever comes late runs alone on a machine that waits. */
const longest = [
  'first-seeds',
  'second-seeds',
  'crash-sample',
  'failover',
  'restartable',
  'lost-namespace',
  'random-schedules',
  'job-shapes',
  'atomic',
];

/** Stories first, for they wait a lot; what shares processes fills the gaps at the end. */
class StoriesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ project, moduleId }: TestSpecification): number => {
      if (project.config.isolate === false) return longest.length + 1;
      const place = longest.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return place < 0 ? longest.length : place;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    // The Temporal native module panics in worker threads, so each file gets a process.
    pool: 'forks',
    // One more than the two cores that the suite is made for: stories spend half of their time waiting.
    maxWorkers: 3,
    sequence: { sequencer: StoriesFirst },
    testTimeout: 60_000,
    hookTimeout: 180_000,
    // A shared machine stalls now and then; what is really broken fails twice.
    retry: process.env.CI ? 1 : 0,
    projects: [
      { extends: true, test: { name: 'sharing', include: sharing, isolate: false } },
      {
        extends: true,
        test: { name: 'alone', include: ['test/**/*.test.ts', 'src/**/*.test.ts'], exclude: sharing },
      },
    ],
  },
});
