import { assertNever } from '../../domain/assert-never.js';
import type { Block, MailContent, TableLine } from './content.js';

/** The plain text part: complete on its own, readable in a terminal. */
export function renderText(content: MailContent, footer: string): string {
  return `${[content.headline, ...content.blocks.map(blockText), `-- \n${footer}`].join('\n\n')}\n`;
}

function blockText(block: Block): string {
  switch (block.kind) {
    case 'text':
      return block.text;
    case 'advice':
      return `What to do: ${block.text}`;
    case 'facts': {
      const width = Math.max(...block.rows.map(([label]) => label.length)) + 1;
      return block.rows.map(([label, value]) => `${`${label}:`.padEnd(width)}  ${value}`).join('\n');
    }
    case 'list':
      return [`${block.title}:`, ...block.items.map((item) => `  - ${item}`)].join('\n');
    case 'tables': {
      const width = Math.max(0, ...block.rows.map(({ table }) => table.length));
      const lines = block.rows.map(
        (row) => `  ${row.table.padEnd(width)}  ${row.version.padEnd(6)}  ${copiedText(row)}`,
      );
      return [...lines, ...(block.left > 0 ? [`  and ${block.left} more`] : [])].join('\n');
    }
    default:
      return assertNever(block);
  }
}

export const copiedText = ({ copied }: TableLine): string =>
  copied === null ? 'unchanged' : `${copied.bytes} in ${copied.files}, ${copied.duration}`;
