import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../src/client/program.js';
import { checkConfigText } from '../../src/config/index.js';
import { isCutHold, isFailureCode, isOperatorHold } from '../../src/domain/failure.js';
import { addLocalCommands } from '../../src/local/stack/commands.js';
import { signals } from '../../src/workflows/messages.js';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const pages = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];
const textOf = (page: string): string => readFileSync(join(root, page), 'utf8');

describe('docs: links lead somewhere', () => {
  it.each(pages)('%s', (page) => {
    for (const [, target = ''] of textOf(page).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? join(root, page) : resolve(root, dirname(page), path);
      expect(existsSync(file), `${page} links to ${target}`).toBe(true);
      if (anchor !== undefined)
        expect(anchorsOf(readFileSync(file, 'utf8')), `${page} links to ${target}`).toContain(anchor);
    }
  });
});

/** As GitHub makes them of headings. */
const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );

describe('docs: every command exists with its options', () => {
  const io = { out: () => undefined, err: () => undefined, columns: 120 } as unknown as Parameters<
    typeof buildProgram
  >[0];
  const program = buildProgram(io, '0.0.0', () => undefined);
  addLocalCommands(program, io);

  it.each(pages)('%s', (page) => {
    for (const line of shellLines(textOf(page))) {
      const words = line.match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
      const at = words.findIndex(
        (word, index) => word === 'lakehouse-dr' || (word === 'dr' && words[index - 1] === 'run'),
      );
      if (at >= 0)
        checkCommand(
          program,
          words.slice(at + 1).filter((word) => word !== '--'),
          line,
        );
    }
  });

  it('signals named for the temporal CLI are those that the workflow knows', () => {
    const named = pages.flatMap((page) => [...textOf(page).matchAll(/--name (\w+)/g)].map(([, name]) => name));
    expect(named.length).toBeGreaterThan(2);
    for (const name of named) expect(Object.keys(signals)).toContain(name);
  });
});

/** Lines of shell blocks and inline code, without comments, continued lines joined. */
function shellLines(text: string): string[] {
  const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) =>
    block.replaceAll('\\\n', ' ').split('\n'),
  );
  const inline = [...text.replace(/```[\s\S]*?```/g, '').matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
  return [...blocks, ...inline.filter((code) => /^(npx )?lakehouse-dr [a-z]/.test(code))].map((line) =>
    line.replace(/\s#.*$/, '').trim(),
  );
}

function checkCommand(parent: Command, words: readonly string[], line: string): void {
  const command = parent.commands.find((candidate) => candidate.name() === words[0]);
  expect(command, `${line}: no such command`).toBeDefined();
  if (command === undefined) return;
  if (command.commands.length > 0) {
    checkCommand(command, words.slice(1), line);
    return;
  }
  for (const word of words.filter((candidate) => candidate.startsWith('--'))) {
    expect(
      command.options.map(({ long }) => long),
      `${line}: no such option`,
    ).toContain(word);
  }
}

describe('docs: nobody stands before a code that the runbook does not know', () => {
  const runbook = textOf('docs/runbook.md');
  // The list of codes is private to its file, so its text is read.
  const codes = [...readFileSync(join(root, 'src/domain/failure.ts'), 'utf8').matchAll(/'([A-Z][A-Z_]{3,})'/g)]
    .map(([, code = '']) => code)
    .filter(isFailureCode);

  it.each(codes)('%s', (code) => {
    expect(runbook).toMatch(new RegExp(`^\\|.*\`${code}\`.*\\|`, 'm'));
  });

  it('knows all kinds', () => {
    expect(codes.filter(isCutHold).length).toBeGreaterThan(3);
    expect(codes.filter(isOperatorHold).length).toBeGreaterThan(10);
  });

  it('names no code that does not exist', () => {
    const known = new Set<string>(codes);
    for (const page of pages) {
      for (const [, code = ''] of textOf(page).matchAll(/`([A-Z]+_[A-Z_]+)`/g)) {
        if (!/^(DR|TEMPORAL|DATABRICKS)_/.test(code)) expect(known, `${page}: ${code}`).toContain(code);
      }
    }
  });
});

describe('docs: the example configuration is valid', () => {
  it('docs/guide.md', () => {
    const [, json = ''] = /```json\n([\s\S]*?)```/.exec(textOf('docs/guide.md')) ?? [];
    expect(checkConfigText(json).findings).toEqual([]);
  });
});
