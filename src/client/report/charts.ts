import { bytes, clockTime, counted, duration } from '../text.js';
import { bytesAxis, durationAxis } from './axis.js';
import type { Chart, ChartMarker, Tone } from './chart.js';
import { chartSvg } from './chart.js';
import type { GroupFacts, PointFact } from './facts.js';
import { switchOf } from './facts.js';
import type { Html } from './html.js';
import { html } from './html.js';

/** The four charts of a group, over the same span of time, so that one below the other can be compared. */
export function groupCharts(facts: GroupFacts, nowMs: number): Html {
  const times = [
    ...facts.points.map(({ publishedAt }) => publishedAt),
    ...facts.syncs.map(({ sentAt }) => sentAt),
    ...markersOf(facts).map(({ at }) => at),
  ];
  if (facts.syncs.length === 0 && facts.points.length === 0) {
    return html`<p class="none">No sync is in the ledgers that were read, so there is nothing to plot.</p>`;
  }
  const first = Math.min(...times, nowMs);
  // A worker's clock may run ahead of this machine's.
  const last = Math.max(...times, nowMs);
  // The oldest mark keeps clear of the values' labels.
  const frame: Frame = { from: first - (last - first) * 0.03, to: last, markers: markersOf(facts) };
  const charts = [
    lagChart(facts, frame),
    ageChart(facts, frame, nowMs),
    bytesChart(facts, frame),
    timeChart(facts, frame),
  ];
  return html`<div class="charts">${charts}</div>`;
}

type Frame = Pick<Chart, 'from' | 'to' | 'markers'>;

function lagChart({ points }: GroupFacts, frame: Frame): Html {
  const lags = points.map((point) => ({ at: point.publishedAt, value: lagOf(point), title: lagTitle(point) }));
  const values = lags.map(({ value }) => value);
  return figure(
    'Lag of each recovery point',
    'From the end of the run to its tables being published in the other region.',
    summary(values, duration),
    { ...frame, axis: durationAxis(Math.max(0, ...values)), lines: [], dots: lags, bars: [] },
    [],
  );
}

function ageChart({ age }: GroupFacts, frame: Frame, nowMs: number): Html {
  const lines = age.map((piece) => piece.map(({ at, ageMs }) => ({ at, value: Math.max(0, ageMs) })));
  const values = lines.flat().map(({ value }) => value);
  return figure(
    'Age of the newest recovery point',
    'What a failover at that moment would have gone back by: it grows until the next point is published.',
    summaryOfAge(lines, nowMs),
    { ...frame, axis: durationAxis(Math.max(0, ...values)), lines, dots: [], bars: [] },
    [],
  );
}

function bytesChart({ syncs }: GroupFacts, frame: Frame): Html {
  const total = syncs.reduce((sum, { copiedBytes }) => sum + copiedBytes, 0);
  return figure(
    'Data sent by each sync',
    'Bytes that the clones copied over the border; tables that had not changed send nothing.',
    `${bytes(total)} in ${counted(syncs.length, 'sync')}`,
    {
      ...frame,
      axis: bytesAxis(Math.max(0, ...syncs.map(({ copiedBytes }) => copiedBytes))),
      lines: [],
      dots: [],
      bars: syncs.map(({ sentAt, copiedBytes, runId }) => ({
        at: sentAt,
        parts: [{ value: copiedBytes, tone: 'first' }],
        title: `${bytes(copiedBytes)} for ${runName(runId)}, ${clockTime(sentAt)}`,
      })),
    },
    [],
  );
}

function timeChart({ syncs }: GroupFacts, frame: Frame): Html {
  const totals = syncs.map(({ sendMs, receiveMs }) => sendMs + receiveMs);
  return figure(
    'Time that clones took in each sync',
    'Summed over the tables, which are copied side by side.',
    summary(totals, seconds),
    {
      ...frame,
      axis: durationAxis(Math.max(0, ...totals)),
      lines: [],
      dots: [],
      bars: syncs.map(({ sentAt, sendMs, receiveMs, runId }) => ({
        at: sentAt,
        parts: [
          { value: sendMs, tone: 'first' },
          { value: receiveMs, tone: 'second' },
        ],
        title: `${seconds(sendMs)} to send, ${seconds(receiveMs)} to publish ${runName(runId)}, ${clockTime(sentAt)}`,
      })),
    },
    [
      ['first', 'send to staging'],
      ['second', 'publish from staging'],
    ],
  );
}

type Legend = readonly (readonly [tone: Tone, name: string])[];

function figure(
  title: string,
  meaning: string,
  inShort: string,
  chart: Omit<Chart, 'description'>,
  legend: Legend,
): Html {
  const failures = chart.markers.some(({ kind }) => kind === 'failure');
  const switches = chart.markers.some(({ kind }) => kind === 'switch');
  const keys = [
    ...legend.map(([tone, name]) => html`<span><i class="key ${tone}"></i>${name}</span>`),
    ...(failures ? [html`<span><i class="key failure">▲</i>failure or hold</span>`] : []),
    ...(switches ? [html`<span><i class="key switch"></i>change of region</span>`] : []),
  ];
  return html`<figure>
<figcaption><span class="head"><b>${title}</b><span class="short">${inShort}</span></span><small>${meaning}</small></figcaption>
${chartSvg({ ...chart, description: `${title}. ${meaning} ${inShort}` })}
${keys.length === 0 ? null : html`<p class="legend">${keys}</p>`}
</figure>`;
}

const markersOf = ({ failures, switches }: GroupFacts): ChartMarker[] => [
  ...failures.map(({ recordedAt, event, errorCode }) => ({
    at: recordedAt,
    kind: 'failure' as const,
    title: `${event.replaceAll('_', ' ')}${errorCode === null ? '' : `: ${errorCode}`}, ${clockTime(recordedAt)}`,
  })),
  ...switches
    .filter(({ event }) => event === 'failed_over' || event === 'switched_over')
    .map((row) => ({
      at: row.recordedAt,
      kind: 'switch' as const,
      title: `${row.event.replaceAll('_', ' ')}${switchOf(row).to === undefined ? '' : ` to ${switchOf(row).to}`}, ${clockTime(row.recordedAt)}`,
    })),
];

/** A clock that runs ahead must not draw below the base line. */
export const lagOf = ({ publishedAt, runEndTime }: PointFact): number => Math.max(0, publishedAt - runEndTime);

const lagTitle = (point: PointFact): string =>
  `${duration(lagOf(point))} after ${runName(point.runId)}, published ${clockTime(point.publishedAt)}`;

const runName = (runId: string | null): string => (runId === null ? 'a snapshot' : `run ${runId}`);

const seconds = (ms: number): string => (ms < 60_000 ? `${(ms / 1_000).toFixed(1)} s` : duration(ms));

function summary(values: readonly number[], say: (value: number) => string): string {
  const sorted = values.toSorted((a, b) => a - b);
  const last = values.at(-1);
  const median = sorted[Math.floor((sorted.length - 1) / 2)];
  const most = sorted.at(-1);
  if (last === undefined || median === undefined || most === undefined) return 'none yet';
  return `last ${say(last)}, median ${say(median)}, most ${say(most)}`;
}

function summaryOfAge(lines: Chart['lines'], nowMs: number): string {
  const most = Math.max(0, ...lines.flat().map(({ value }) => value));
  const last = lines.at(-1)?.at(-1);
  if (last === undefined) return 'none yet';
  // After a switch nothing is published the other way yet: there is no age now.
  return last.at < nowMs ? `none now, most ${duration(most)}` : `now ${duration(last.value)}, most ${duration(most)}`;
}
