import { describe, expect, it } from 'vitest';
import type { SourceTable } from '../../src/domain/cut/index.js';
import { chooseRun, chooseVersions, describeAuthor, failedRunsNote } from '../../src/domain/cut/index.js';
import { commit, jobId, run, time } from './examples/notation.js';

describe('nothing is lost in silence: every run and every commit is accounted for', () => {
  const runs = [
    'A 09:00-09:05',
    'B 09:10-09:15',
    'C 09:20-09:25 FAILED',
    'D 09:30-09:40',
    'E 09:35-09:45 TIMEDOUT',
    'F 10:00-10:10',
    'G 10:05-10:15',
    'H 10:12 queued',
    'I 10:13 skipped',
    'O 10:20-10:30',
    'P 10:25-',
  ];
  const verdicts = (published: { run: { runId: string; repairId: null }; endTime: number } | null) =>
    chooseRun({ runs: runs.map(run), published, acceptPartialSuccess: false }).verdicts;

  it('says of each run why it makes a cut or none, newest first', () => {
    const published = { run: { runId: 'A', repairId: null }, endTime: time('09:05') };
    expect(verdicts(published).map(({ run: { runId }, verdict }) => `${runId} ${verdict}`)).toEqual([
      'P active',
      'O overlaps-active',
      'I never-started',
      'H never-started',
      'G cut',
      'F part-of-set',
      'E does-not-count',
      'D overlaps-failed',
      'C does-not-count',
      'B superseded',
      'A not-newer',
    ]);
  });

  it('names the runs that failed before a cut, for what they wrote is in it', () => {
    const choice = chooseRun({ runs: runs.map(run), published: null, acceptPartialSuccess: false });
    if (choice.kind !== 'cut') throw new Error(choice.kind);
    expect(failedRunsNote(choice, time('10:15'))).toBe(
      'It holds what was written by runs that did not succeed: run C (FAILED), run E (TIMEDOUT).',
    );
    expect(failedRunsNote(choice, time('09:25'))).toMatch(/: run C \(FAILED\)\.$/);
    expect(failedRunsNote(choice, time('09:15'))).toBeNull();
  });

  it('says of runs from before a switch that they do not count here, of their repairs too', () => {
    const early = ['A 09:00-09:05', 'B 09:20-09:40', 'C 09:22-09:25 FAILED, repaired 09:50-09:55', 'D 10:00-10:05'];
    const choice = chooseRun({
      runs: early.map(run),
      published: null,
      acceptPartialSuccess: false,
      switchedAt: time('09:30'),
    });
    expect(choice.verdicts.map(({ run: { runId }, verdict }) => `${runId} ${verdict}`)).toEqual([
      'D cut',
      'C before-the-switch',
      'C before-the-switch',
      'B before-the-switch',
      'A before-the-switch',
    ]);
  });

  it('gives each verdict a sentence that names the other run where there is one', () => {
    const because = new Map(verdicts(null).map((verdict) => [verdict.run.runId, verdict.because]));
    expect([...because.values()].every((sentence) => sentence.endsWith('.'))).toBe(true);
    expect(because.get('O')).toContain('run P');
    expect(because.get('D')).toContain('run E');
    expect(because.get('F')).toContain('run G');
    expect(because.get('C')).toContain('FAILED');
  });

  it('says of each commit whose it is and what became of it', () => {
    const table: SourceTable = {
      name: 't',
      detail: { id: 't1', format: 'delta', properties: {} },
      catalog: null,
      history: [
        '5 10:01 WRITE by F',
        '6 10:02 DELETE by Ann',
        '7 10:14 MERGE by G',
        '8 10:15 OPTIMIZE by ?',
        '9 10:26 MERGE by P',
      ].map(commit),
      base: { tableId: 't1', version: 4, asOf: time('09:05'), staged: true },
    };
    const choice = chooseVersions({
      endTime: time('10:15'),
      runs: runs.map(run),
      jobId,
      tables: [table],
      now: time('12:00'),
      acknowledgeStreaming: false,
    });
    const [cut] = choice.kind === 'versions' ? choice.tables : [];
    expect(cut?.commits.map(({ version, author, fate }) => `${version} ${describeAuthor(author)}: ${fate}`)).toEqual([
      '5 run F: contained',
      '6 Ann: contained',
      '7 run G: chosen',
      '8 an unknown writer: maintenance',
      '9 run P: later',
    ]);
    expect(cut?.reason).toBe(
      'Version 7 is the last change up to 2026-01-05T10:15:00.000Z: MERGE by run G at 2026-01-05T10:14:00.000Z.',
    );
  });

  it('shows the commits of a table that is in the way', () => {
    const choice = chooseVersions({
      endTime: time('10:15'),
      runs: runs.map(run),
      jobId,
      tables: [
        {
          name: 't',
          detail: { id: 't1', format: 'delta', properties: {} },
          catalog: null,
          history: [commit('5 10:26 MERGE by P'), commit('6 10:27 MERGE by G')],
          base: { tableId: 't1', version: 4, asOf: time('09:05'), staged: true },
        },
      ],
      now: time('12:00'),
      acknowledgeStreaming: false,
    });
    expect(choice).toMatchObject({
      kind: 'failed',
      failure: { code: 'CUT_NOT_PURE', message: expect.stringContaining('version 5 (MERGE by run P') },
      tables: [
        {
          table: 't',
          commits: [
            { version: 5, fate: 'later' },
            { version: 6, fate: 'later' },
          ],
        },
      ],
    });
  });
});
