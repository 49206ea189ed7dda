import { describe, expect, it } from 'vitest';
import { plannedQueues, queueOptions } from '../../src/worker/queues.js';
import { twoWorkspaces } from './config.js';

const names = (choice?: Parameters<typeof plannedQueues>[1]): string[] =>
  plannedQueues(twoWorkspaces, choice).map(({ taskQueue }) => taskQueue);

describe('a hanging region starves nobody but itself', () => {
  it('gives each host a queue for syncs and one for switches, once', () => {
    expect(names()).toEqual([
      'dr',
      ...['dr/a1.example.com', 'dr-switch/a1.example.com', 'dr/shared.example.com', 'dr-switch/shared.example.com'],
      ...['dr/b1.example.com', 'dr-switch/b1.example.com'],
    ]);
  });

  it('narrows to a part and to a workspace', () => {
    expect(names({ only: 'workflows' })).toEqual(['dr']);
    expect(names({ only: 'sql', workspace: 'b' })).toEqual([
      ...['dr/b1.example.com', 'dr-switch/b1.example.com', 'dr/shared.example.com', 'dr-switch/shared.example.com'],
    ]);
    expect(names({ workspace: 'b' })).toContain('dr');
    expect(names({ only: 'sql', workspace: 'unknown' })).toEqual([]);
  });
});

describe('economical: a worker at rest', () => {
  it('holds few polls open, however many groups there are', () => {
    const polls = plannedQueues(twoWorkspaces).map(({ kind }) => {
      const { activityTaskPollerBehavior: activity, workflowTaskPollerBehavior: workflow } = queueOptions[kind];
      return (activity?.maximum ?? 0) + (workflow?.maximum ?? 0);
    });
    expect(polls.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(30);
  });

  it('ends before its container is killed', () => {
    for (const { shutdownForceTime } of Object.values(queueOptions)) expect(shutdownForceTime).toBe('20 seconds');
  });
});
