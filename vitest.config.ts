import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'src/**/*.test.ts'],
    // The Temporal native module panics in worker threads, so each file gets a process.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 180_000,
    // A shared machine stalls now and then; what is really broken fails twice.
    retry: process.env.CI ? 1 : 0,
  },
});
