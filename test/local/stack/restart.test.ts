import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { afterEach, expect, it } from 'vitest';
import type { Stack } from '../../../src/local/stack/stack.js';
import { startStack } from '../../../src/local/stack/stack.js';

const dir = mkdtempSync(join(tmpdir(), 'dr-restart-'));
let stack: Stack | undefined;
afterEach(async () => {
  await stack?.stop();
  stack = undefined;
});

it('a pair that is started again in its folder goes on where it was, with new tokens at the same addresses', async () => {
  stack = await startStack({ dir, temporal: 'none' });
  const before = stack.file;
  const first = await stack.runJob({ job: 'sample_workflow_1' }).ended;
  await stack.stop();

  stack = await startStack({ dir, temporal: 'none' });
  expect(stack.truth().map((run) => run.runId)).toEqual([first.runId]);
  expect(stack.regions.primary.jobs.run(first.runId)).toEqual(first);
  expect(stack.file.regions.primary.url).toBe(before.regions.primary.url);
  expect(stack.file.regions.primary.tokens.sender).not.toBe(before.regions.primary.tokens.sender);
  const second = await stack.runJob({ job: 'sample_workflow_1' }).ended;
  expect(second).toMatchObject({ jobId: first.jobId, numberInJob: 2, state: { result: 'SUCCESS' } });
});

it('a run that the region takes down with it leaves its truth, and the next one starts clean in the other region', async () => {
  stack = await startStack({ dir, temporal: 'none' });
  const { runId, ended } = stack.runJob({ job: 'sample_workflow_1', stepDelayMs: 60_000 });
  stack.faults.setAll('primary', { kind: 'outage' });
  expect((await ended).state).toMatchObject({ lifeCycle: 'INTERNAL_ERROR', result: 'FAILED' });
  expect(stack.truth().at(-1)).toMatchObject({ runId, result: 'FAILED' });
  const other = await stack.runJob({ job: 'sample_workflow_1', region: 'secondary' }).ended;
  expect(other.state.result).toBe('SUCCESS');
});

it('mails are kept as they came', async () => {
  stack = await startStack({ dir, temporal: 'none' });
  await createTransport(stack.mail.url).sendMail({
    from: 'a@example.com',
    to: 'b@example.com',
    subject: 'Recovery point published',
    text: 'all is well',
  });
  const { readdirSync, readFileSync } = await import('node:fs');
  const files = readdirSync(stack.mail.mailDir);
  expect(files).toEqual(['00001.eml']);
  expect(readFileSync(join(stack.mail.mailDir, '00001.eml'), 'utf8')).toContain('Subject: Recovery point published');
});
