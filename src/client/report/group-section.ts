import type { LedgerRow } from '../../domain/ledger.js';
import type { GroupStatus } from '../../domain/status.js';
import { answeredRequest } from '../row-detail.js';
import { pointName, recoveryPointText } from '../status-text.js';
import { bytes, clockTime, counted, duration } from '../text.js';
import { groupCharts, lagOf } from './charts.js';
import type { ReportGroup } from './data.js';
import { hasStatus } from './data.js';
import type { GroupFacts, PointFact } from './facts.js';
import { factsOf, switchOf } from './facts.js';
import type { Html, HtmlValue } from './html.js';
import { html, htmlTable, prose } from './html.js';

/** Rows of a table that nobody would scroll through; `history --json` has them all. */
const shownRows = 50;

/** A ledger that did not answer may hold some, so an empty table claims no more than this. */
const noneRead = 'None in the ledgers that were read.';

/** Everything about one group: now, over time, and what happened to it. */
export function groupSection(group: ReportGroup, anchor: string, nowMs: number): Html {
  const facts = factsOf(group.rows, nowMs);
  const { status } = group;
  return html`<section id="${anchor}">
<h2>${group.workspace}/${group.group}</h2>
${hasStatus(status) ? stateNow(status, nowMs) : html`<p class="warning">Its state now is not known: ${prose(status.unknownBecause)}</p>`}
<h3>Over time</h3>
${groupCharts(facts, nowMs)}
<h3>Recovery points</h3>
${pointsTable(facts, status)}
<h3>Failures and holds</h3>
${failuresTable(facts.failures)}
<h3>Changes of region</h3>
${eventsTable(facts.switches, noneRead)}
<h3>Drills</h3>
${drillsTable(facts.drills, status)}
<h3>Other events</h3>
${eventsTable(facts.others, noneRead)}
</section>`;
}

/** The state in one or two words, with what hinders it. */
export const stateWords = ({ protection, phase, held, paused }: GroupStatus): string =>
  [protection, phase === 'idle' ? null : phase.replaceAll('-', ' '), held && 'held', paused ? 'paused' : null]
    .filter((word) => word !== null)
    .join(', ');

function stateNow(status: GroupStatus, nowMs: number): Html {
  const { held, lastError, lastSync } = status;
  const rows: (readonly [string, HtmlValue])[] = [
    ['state', stateWords(status)],
    ['active region', `${status.activeRegion} (epoch ${status.epoch})`],
    ['recovery point', recoveryPointText(status, nowMs)],
    ['behind', counted(status.runsBehind, 'finished run')],
  ];
  if (held !== null) {
    rows.push(['held', failureText(held.code, `since ${clockTime(held.since)}`, held.message, held.remedy)]);
  }
  if (lastError !== null && lastError.message !== held?.message) {
    rows.push([
      'last error',
      failureText(lastError.code, clockTime(lastError.at), lastError.message, lastError.remedy ?? null),
    ]);
  }
  if (status.fencePending) rows.push(['fence', 'the job in the other region is not stopped yet']);
  if (lastSync !== null) {
    rows.push([
      'last sync',
      `${lastSync.result.replaceAll('_', ' ')}, ${bytes(lastSync.copiedBytes)} copied in ${duration(lastSync.durationMs)}`,
    ]);
  }
  return html`<dl>${rows.map(([label, value]) => html`<dt>${label}</dt><dd>${value}</dd>\n`)}</dl>`;
}

const failureText = (code: string, when: string, message: string, remedy: string | null): Html =>
  html`<code>${code}</code>, ${when}: ${prose(message)}${remedy === null ? null : html`<br><b>To do:</b> ${prose(remedy)}`}`;

function pointsTable({ points }: GroupFacts, status: ReportGroup['status']): Html {
  const newest = points.toReversed();
  const rows = newest
    .slice(0, shownRows)
    .map((point) => [
      pointName(point),
      timeCell(point.runEndTime),
      timeCell(point.publishedAt),
      duration(lagOf(point)),
      point.copiedBytes === null ? '' : bytes(point.copiedBytes),
      tablesText(point),
      point.direction === 'reverse' ? 'to the primary' : 'to the secondary',
      noteOf(point, status),
    ]);
  const header = ['point', 'run ended', 'published', 'lag', 'sent', 'tables', 'direction', ''];
  return html`${htmlTable(header, rows, noneRead)}${omitted(newest.length)}`;
}

const timeCell = (at: number): Html => html`<time>${clockTime(at)}</time>`;

const tablesText = ({ tables }: PointFact): string => {
  if (tables === null) return '';
  return `${tables.all}${tables.carried === 0 ? '' : `, ${tables.carried} unchanged`}`;
};

function noteOf({ syncId }: PointFact, status: ReportGroup['status']): string {
  if (!hasStatus(status)) return '';
  if (status.recoveryPoint?.syncId === syncId) return 'published now';
  const kept = status.recoveryPoints.find((point) => point.syncId === syncId);
  if (kept === undefined) return '';
  return kept.readable === false ? 'not readable any more' : 'kept';
}

const failuresTable = (rows: readonly LedgerRow[]): Html =>
  html`${htmlTable(
    ['time', 'what', 'run', 'code', 'message'],
    rows
      .slice(0, shownRows)
      .map((row) => [
        timeCell(row.recordedAt),
        row.event === 'rolled_back' ? 'undone to this run' : row.event,
        row.runId ?? '',
        row.errorCode === null ? '' : html`<code>${row.errorCode}</code>`,
        row.errorMessage === null ? '' : prose(row.errorMessage),
      ]),
    noneRead,
  )}${omitted(rows.length)}`;

const eventsTable = (rows: readonly LedgerRow[], whenEmpty: string): Html =>
  html`${htmlTable(
    ['time', 'event', 'epoch', 'what it says'],
    rows
      .slice(0, shownRows)
      .map((row) => [
        timeCell(row.recordedAt),
        answeredRequest(row)?.kind ?? row.event.replaceAll('_', ' '),
        row.epoch,
        eventText(row),
      ]),
    whenEmpty,
  )}${omitted(rows.length)}`;

function eventText(row: LedgerRow): string {
  const { to, region, reason, requestedBy, lostRuns } = switchOf(row);
  const request = answeredRequest(row);
  const words = [
    request === null ? null : `asked for, ${request.outcome}${request.code == null ? '' : `: ${request.code}`}`,
    to === undefined ? null : `to the ${to}`,
    row.event === 'fenced' && region !== undefined ? `the job in the ${region}` : null,
    row.event !== 'fenced' && row.runId !== null ? `run ${row.runId}` : null,
    reason == null ? null : `reason: ${reason}`,
    requestedBy == null ? null : `asked by ${requestedBy}`,
    lostRuns === undefined ? null : `runs known lost: ${lostRuns.length === 0 ? 'none' : lostRuns.join(', ')}`,
    row.errorMessage,
  ];
  return words.filter((word) => word !== null).join('; ');
}

function drillsTable(rows: readonly LedgerRow[], status: ReportGroup['status']): Html {
  // The state remembers the last drill where the ledger's newest rows do not reach back to it.
  const last = hasStatus(status) ? status.lastDrill : null;
  if (rows.length === 0)
    return html`<p class="none">${last === null ? 'never' : `${last.result}, ${clockTime(last.at)}`}</p>`;
  return htmlTable(
    ['time', 'run', 'took', 'result'],
    rows
      .slice(0, shownRows)
      .map((row) => [
        timeCell(row.recordedAt),
        row.runId ?? '',
        row.durationMs === null ? '' : duration(row.durationMs),
        row.errorCode === null ? 'passed' : `${row.errorCode}: ${row.errorMessage ?? ''}`,
      ]),
    'never',
  );
}

const omitted = (count: number): Html | null =>
  count <= shownRows
    ? null
    : html`<p class="none">The newest ${shownRows} of ${count}; <code>lakehouse-dr history</code> has all.</p>`;
