/**
 * A group of many tables stays within what Temporal and a SQL warehouse accept. More tables than one statement has
 * parameters for; the whole size, a thousand, is played by `npm run test:large-group-nightly`.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { mostTables } from '../../src/config/group-size.js';
import type { LargeGroup } from '../support/large-group.js';
import { syncLargeGroup } from '../support/large-group.js';
import { serverLimits } from '../support/temporal-limits.js';

const tableCount = 90;
const timesLarger = mostTables / tableCount;

let group: LargeGroup;

beforeAll(async () => {
  group = await syncLargeGroup(tableCount, 600_000);
}, 900_000);

describe(`a group of ${tableCount} tables`, () => {
  it('is published as the run left it', () => {
    expect(group.differences).toEqual([]);
  });

  it(`with ${mostTables} would still fit into a history and its payloads`, () => {
    expect(group.sync.events * timesLarger).toBeLessThan(serverLimits.events);
    expect(group.sync.bytes * timesLarger).toBeLessThan(serverLimits.bytes);
    expect(group.sync.largestPayloadBytes * timesLarger).toBeLessThan(serverLimits.payloadBytes);
  });

  it('does not show in its status, and fits into the history of its entity', () => {
    expect(group.statusBytes).toBeLessThan(4000);
    expect(group.entity.largestPayloadBytes * timesLarger).toBeLessThan(serverLimits.payloadBytes);
  });
});
