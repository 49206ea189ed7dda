/** Markup that is safe to put into a page: every value in it was escaped, or is such markup itself. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type HtmlValue = string | number | Html | readonly (Html | null)[] | null;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Names, messages and reasons come from outside; they are text wherever they stand, quoted attributes included. */
const escaped = (text: string): string => text.replace(/[&<>"']/g, (char) => entities[char] ?? char);

function textOf(value: HtmlValue): string {
  if (value === null) return '';
  if (value instanceof Html) return value.text;
  return typeof value === 'object' ? value.map((part) => part?.text ?? '').join('') : escaped(String(value));
}

/** A piece of HTML or SVG. What stands in `${…}` is escaped; only `Html` goes in as it is. */
export const html = (strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html =>
  new Html(strings.map((string, index) => string + textOf(values[index] ?? null)).join(''));

/** A message for people, in which commands stand between backquotes. */
export const prose = (text: string): Html =>
  html`${text.split('`').map((part, index) => (index % 2 === 0 ? html`${part}` : html`<code>${part}</code>`))}`;

/** A table that says in one line when there is nothing in it. */
export function htmlTable(header: readonly string[], rows: readonly (readonly HtmlValue[])[], whenEmpty: string): Html {
  if (rows.length === 0) return html`<p class="none">${whenEmpty}</p>`;
  const head = header.map((title) => html`<th scope="col">${title}</th>`);
  const body = rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>\n`);
  return html`<div class="scroll"><table><thead><tr>${head}</tr></thead>\n<tbody>${body}</tbody></table></div>`;
}
