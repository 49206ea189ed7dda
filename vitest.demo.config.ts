import { defineConfig } from 'vitest/config';

/** What is judged after `npm run demo`, of what it left: `npm run judge-demo`. */
export default defineConfig({
  test: {
    include: ['test/**/*.after-demo.ts'],
    pool: 'forks',
    testTimeout: 120_000,
  },
});
