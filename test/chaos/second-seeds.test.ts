/**
 * All promises under random jobs, faults, deaths and operators: more of the seeds that are played with every test run.
 * More of them: `npm run chaos -- --runs N --seed S`.
 */
import { beforeAll, describe } from 'vitest';
import { silenceReplays } from './replays.js';
import { playSeeds } from './seeds.js';

beforeAll(silenceReplays);

describe('a group', () => playSeeds(3000, 10));
