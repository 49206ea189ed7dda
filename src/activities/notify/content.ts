/** A mail's content before it is text or HTML: said once, shown twice. All strings are plain text. */
export interface MailContent {
  readonly subject: string;
  /** The one sentence that a phone's notification shows. */
  readonly headline: string;
  readonly tone: 'good' | 'bad' | 'notice';
  readonly blocks: readonly Block[];
}

export type Block =
  | { readonly kind: 'text'; readonly text: string }
  /** Something to do, or to know before doing anything. */
  | { readonly kind: 'advice'; readonly text: string }
  | { readonly kind: 'facts'; readonly rows: readonly Fact[] }
  | { readonly kind: 'list'; readonly title: string; readonly items: readonly string[] }
  | { readonly kind: 'tables'; readonly rows: readonly TableLine[]; readonly left: number };

export type Fact = readonly [label: string, value: string];

/** One table of a sync. */
export interface TableLine {
  readonly table: string;
  readonly version: string;
  /** null: the table had not changed, nothing was copied. */
  readonly copied: { readonly bytes: string; readonly files: string; readonly duration: string } | null;
}
