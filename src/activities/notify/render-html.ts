import { assertNever } from '../../domain/assert-never.js';
import type { Block, MailContent } from './content.js';
import { copiedText } from './render-text.js';

/**
 * The HTML part: tables and inline styles only, since mail programs drop style sheets, scripts and most of modern CSS;
 * no pictures, nothing loaded from anywhere. 600 px is what the narrowest desktop pane shows without scrolling.
 */
export function renderHtml(content: MailContent, footer: string): string {
  const colour = colours[content.tone];
  return `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(content.subject)}</title></head>
<body style="margin:0;padding:16px;background:#f3f4f6;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center">
<table role="presentation" width="600" cellpadding="0" cellspacing="0" style="width:100%;max-width:600px;background:#ffffff;border:1px solid #d9dce1;border-top:4px solid ${colour};${font}">
<tr><td style="padding:20px 24px 4px;font-size:18px;line-height:1.4;font-weight:bold;color:#1f2328;${breakable}">${escapeHtml(content.headline)}</td></tr>
${content.blocks.map((block) => `<tr><td style="padding:10px 24px;font-size:14px;line-height:1.5;color:#1f2328;${breakable}">${blockHtml(block)}</td></tr>`).join('\n')}
<tr><td style="padding:14px 24px 18px;font-size:12px;line-height:1.5;color:#6b7280;${breakable}">${escapeHtml(footer)}</td></tr>
</table>
</td></tr></table>
</body>
</html>
`;
}

const font = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;";
/** Full table names are long and have no spaces. */
const breakable = 'word-break:break-word;overflow-wrap:anywhere;';
const colours: Readonly<Record<MailContent['tone'], string>> = { good: '#1a7f4b', bad: '#b42318', notice: '#9a6700' };

function blockHtml(block: Block): string {
  switch (block.kind) {
    case 'text':
      return escapeHtml(block.text);
    case 'advice':
      return `<div style="padding:10px 12px;background:#f6f8fa;border-left:3px solid #8c959f;"><b>What to do:</b> ${escapeHtml(block.text)}</div>`;
    case 'facts':
      return `<table role="presentation" cellpadding="0" cellspacing="0" style="font-size:14px;line-height:1.5;">${block.rows
        .map(
          ([label, value]) =>
            `<tr><td style="padding:1px 16px 1px 0;color:#6b7280;vertical-align:top;white-space:nowrap;">${escapeHtml(label)}</td><td style="padding:1px 0;vertical-align:top;${breakable}">${escapeHtml(value)}</td></tr>`,
        )
        .join('')}</table>`;
    case 'list':
      return `<b>${escapeHtml(block.title)}:</b><ul style="margin:6px 0 0;padding-left:20px;">${block.items
        .map((item) => `<li>${escapeHtml(item)}</li>`)
        .join('')}</ul>`;
    case 'tables': {
      const cell = 'padding:5px 8px 5px 0;border-top:1px solid #e5e7eb;vertical-align:top;';
      const head = ['Table', 'Version', 'Copied']
        .map((title) => `<th align="left" style="padding:0 8px 5px 0;color:#6b7280;font-weight:normal;">${title}</th>`)
        .join('');
      const rows = block.rows
        .map(
          (row) =>
            `<tr><td style="${cell}${breakable}">${escapeHtml(row.table)}</td><td style="${cell}white-space:nowrap;">${escapeHtml(row.version)}</td><td style="${cell}">${escapeHtml(copiedText(row))}</td></tr>`,
        )
        .join('');
      const left = block.left > 0 ? `<div style="color:#6b7280;">and ${block.left} more</div>` : '';
      return `<table width="100%" cellpadding="0" cellspacing="0" style="font-size:13px;line-height:1.4;"><tr>${head}</tr>${rows}</table>${left}`;
    }
    default:
      return assertNever(block);
  }
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Every value goes through here: names, messages and reasons come from outside. */
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => entities[char] ?? char);
