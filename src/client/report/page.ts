import { clockTime, counted, duration } from '../text.js';
import { lagOf } from './charts.js';
import type { ReportData, ReportGroup } from './data.js';
import { hasStatus } from './data.js';
import { factsOf } from './facts.js';
import { groupSection, stateWords } from './group-section.js';
import type { Html } from './html.js';
import { html, htmlTable, prose } from './html.js';
import { styles } from './styles.js';

/**
 * The whole report as one HTML document that loads nothing: it can be mailed, archived, and opened without a network.
 * Every value in it is escaped; there is no script.
 */
export function reportPage(data: ReportData): string {
  const { generatedAt, version, unanswered, groups } = data;
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Disaster recovery report, ${clockTime(generatedAt)}</title>
<style>${styles}</style>
</head>
<body>
<header>
<h1>Disaster recovery report</h1>
<p>Generated ${clockTime(generatedAt)} by lakehouse-dr ${version}. All times are UTC.</p>
</header>
${unanswered.length === 0 ? null : html`<div class="warning"><b>Not everything could be asked:</b><ul>${unanswered.map((text) => html`<li>${prose(text)}</li>`)}</ul></div>`}
${overview(groups, generatedAt)}
${groups.map((group, index) => groupSection(group, anchorOf(index), generatedAt))}
</body>
</html>
`.text;
}

/** Names of groups may hold anything; their places do for links. */
const anchorOf = (index: number): string => `group-${index + 1}`;

const overview = (groups: readonly ReportGroup[], nowMs: number): Html =>
  htmlTable(
    ['group', 'state', 'active region', 'recovery point', 'behind', 'last lag', 'last drill'],
    groups.map((group, index) => {
      const name = html`<a href="#${anchorOf(index)}">${group.workspace}/${group.group}</a>`;
      const last = factsOf(group.rows, nowMs).points.at(-1);
      const lag = last === undefined ? '' : duration(lagOf(last));
      const { status } = group;
      if (!hasStatus(status)) return [name, 'not known', '', '', '', lag, ''];
      const { recoveryPoint, activeRegion, runsBehind, lastDrill } = status;
      return [
        name,
        html`<span class="${toneOf(group)}">${stateWords(status)}</span>`,
        activeRegion,
        recoveryPoint === null ? 'none yet' : `${duration(nowMs - Date.parse(recoveryPoint.runEndTime))} old`,
        counted(runsBehind, 'run'),
        lag,
        lastDrill === null ? 'never' : lastDrill.result,
      ];
    }),
    'The configuration has no groups.',
  );

const toneOf = ({ status }: ReportGroup): 'good' | 'bad' | 'notice' => {
  if (!hasStatus(status) || status.held !== null || status.protection === 'exposed') return 'bad';
  return status.paused || status.protection !== 'protected' ? 'notice' : 'good';
};
