import type { Axis } from './axis.js';
import { timeTicks } from './axis.js';
import type { Html } from './html.js';
import { html } from './html.js';

/** Colours by meaning; the style sheet has one of each for light and for dark. */
export type Tone = 'first' | 'second';

export interface ChartPoint {
  readonly at: number;
  readonly value: number;
  /** Shown where the pointer rests on it. */
  readonly title: string;
}

export interface ChartBar {
  readonly at: number;
  /** Stacked from the bottom. */
  readonly parts: readonly { readonly value: number; readonly tone: Tone }[];
  readonly title: string;
}

/** Something that happened at one instant, beside what is plotted. */
export interface ChartMarker {
  readonly at: number;
  readonly kind: 'failure' | 'switch';
  readonly title: string;
}

export interface Chart {
  /** What the picture shows, for those who do not see it. */
  readonly description: string;
  /** Epoch ms. */
  readonly from: number;
  readonly to: number;
  readonly axis: Axis;
  /** Lines over a shaded area. */
  readonly lines: readonly (readonly { readonly at: number; readonly value: number }[])[];
  readonly dots: readonly ChartPoint[];
  readonly bars: readonly ChartBar[];
  readonly markers: readonly ChartMarker[];
}

/** In units of the picture, which grows and shrinks with its column. */
const width = 520;
const height = 214;
const left = 62;
const right = width - 14;
const top = 16;
const bottom = height - 40;
const widestBar = 14;
const thinnestBar = 2;
/** More than these lie so near to each other that they are drawn smaller. */
const manyDots = 60;
const shortestTimeMs = 1_000;

interface Scales {
  readonly x: (at: number) => number;
  readonly y: (value: number) => number;
}

const fixed = (value: number): string => value.toFixed(1);

/** A chart over time as inline SVG: no script, nothing loaded, colours from the page's own style sheet. */
export function chartSvg(chart: Chart): Html {
  const most = chart.axis.ticks.at(-1) ?? 1;
  const spanMs = Math.max(shortestTimeMs, chart.to - chart.from);
  const scales: Scales = {
    x: (at) => left + ((at - chart.from) / spanMs) * (right - left),
    y: (value) => bottom - (value / most) * (bottom - top),
  };
  const radius = chart.dots.length > manyDots ? 2.2 : 3.5;
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${chart.description}">
${grid(chart, scales)}
${chart.lines.map((line) => areaUnderLine(line, scales))}
${bars(chart, scales)}
${chart.dots.map(({ at, value, title }) => html`<line class="stem" x1="${fixed(scales.x(at))}" x2="${fixed(scales.x(at))}" y1="${fixed(scales.y(value))}" y2="${bottom}"/><circle class="first" cx="${fixed(scales.x(at))}" cy="${fixed(scales.y(value))}" r="${radius}"><title>${title}</title></circle>`)}
${chart.markers.map((marker) => markerSvg(marker, scales))}
</svg>`;
}

function grid({ axis, from, to }: Chart, { x, y }: Scales): Html {
  const values = axis.ticks.map(
    (value) =>
      html`<line class="${value === 0 ? 'base' : 'grid'}" x1="${left}" x2="${right}" y1="${fixed(y(value))}" y2="${fixed(y(value))}"/><text x="${left - 8}" y="${fixed(y(value) + 4)}" text-anchor="end">${axis.label(value)}</text>`,
  );
  const times = timeTicks(from, to).map(({ at, label, date }) => {
    const line = html`<line class="base" x1="${fixed(x(at))}" x2="${fixed(x(at))}" y1="${bottom}" y2="${bottom + 5}"/>`;
    const text = (words: string, below: number): Html =>
      html`<text x="${fixed(x(at))}" y="${bottom + below}" text-anchor="middle">${words}</text>`;
    return html`${line}${text(label, 20)}${date === null ? null : text(date, 35)}`;
  });
  return html`${values}${times}<text x="${left - 8}" y="${bottom + 20}" text-anchor="end">UTC</text>`;
}

function areaUnderLine(line: Chart['lines'][number], { x, y }: Scales): Html | null {
  const [first] = line;
  const last = line.at(-1);
  if (first === undefined || last === undefined) return null;
  const path = line.map(({ at, value }) => `${fixed(x(at))} ${fixed(y(value))}`).join('L');
  return html`<path class="area" d="M${fixed(x(first.at))} ${bottom}L${path}L${fixed(x(last.at))} ${bottom}Z"/><path class="line" d="M${path}"/>`;
}

function bars({ bars: all }: Chart, { x, y }: Scales): readonly Html[] {
  const gaps = all.slice(1).map(({ at }, index) => x(at) - x(all[index]?.at ?? at));
  const barWidth = Math.max(thinnestBar, Math.min(widestBar, ...gaps.map((gap) => gap * 0.7)));
  return all.map(({ at, parts, title }) => {
    // A bar at either end of the axis stays within it.
    const middle = Math.max(left + barWidth / 2, Math.min(right - barWidth / 2, x(at)));
    let below = 0;
    const pieces = parts.map(({ value, tone }) => {
      const from = y(below);
      below += value;
      return html`<rect class="${tone}" x="${fixed(middle - barWidth / 2)}" width="${fixed(barWidth)}" y="${fixed(y(below))}" height="${fixed(from - y(below))}"/>`;
    });
    // What moved nothing is still a sync: a hair on the base line says so.
    const nothing =
      below === 0
        ? html`<rect class="first" x="${fixed(middle - barWidth / 2)}" width="${fixed(barWidth)}" y="${bottom - 1}" height="1"/>`
        : null;
    return html`<g><title>${title}</title>${pieces}${nothing}</g>`;
  });
}

function markerSvg({ at, kind, title }: ChartMarker, { x }: Scales): Html {
  const middle = fixed(x(at));
  return kind === 'switch'
    ? html`<g class="switch"><title>${title}</title><line x1="${middle}" x2="${middle}" y1="${top - 6}" y2="${bottom}"/></g>`
    : html`<g class="failure"><title>${title}</title><path d="M${middle} ${bottom - 1}l-5 9h10z"/></g>`;
}
