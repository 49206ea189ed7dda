import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atPath, checkedLocation, named, quoteIdentifier, quoteTableName } from '../../src/databricks/identifiers.js';
import {
  cloneStatement,
  historyStatement,
  retentionOfHours,
  retentionStatement,
  vacuumStatement,
} from '../../src/databricks/statements.js';
import { DrError } from '../../src/domain/failure.js';

/**
 * A reader of its own for what the statements are made of: words, backticked identifiers, quoted strings, symbols.
 * Identifiers give what they name, so that text which escapes shows as another token.
 */
function lex(sql: string): readonly string[] {
  const tokens: string[] = [];
  let rest = sql;
  while (rest !== '') {
    const match = /^(?:\s+|`(?:[^`]|``)*`|'[^'\\]*'|[A-Za-z_]\w*|\d+|[().,=])/u.exec(rest);
    if (match === null) throw new Error(`can't read: ${rest}`);
    const [token] = match;
    if (token.startsWith('`')) tokens.push(`identifier ${token.slice(1, -1).replaceAll('``', '`')}`);
    else if (token.trim() !== '') tokens.push(token.startsWith("'") ? `string ${token.slice(1, -1)}` : token);
    rest = rest.slice(token.length);
  }
  return tokens;
}

const stamp = { sourceTableId: 'a1-b2', sourceVersion: 4, syncId: 'run-12.0-3', epoch: 2, controller: 'c-9' };
const retention = { deletedFiles: 'interval 7 days', log: 'interval 30 days' };

const orRefused = <T>(build: () => T): T | 'refused' => {
  try {
    return build();
  } catch (failure) {
    if (failure instanceof DrError) return 'refused';
    throw failure;
  }
};

/** Texts that would like to escape. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom('`', "'", '"', '\\', ';', '-', '/', '*', '.', 'a', '\n', '\0', ' ', '\u2028', 'ä', '😀'),
    maxLength: 20,
  }),
  fc.constantFrom('a`; DROP TABLE x; --', "a' OR '1'='1", 'a``b', '`', '``', 'x\u0000y', '../../etc'),
);

describe('no text from outside escapes its place in a statement', () => {
  it('names exactly the table that was meant, or refuses', () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (catalog, schema, table) => {
        const name = `${catalog}.${schema}.${table}`;
        const sql = orRefused(() => historyStatement(named(name), 10));
        if (sql === 'refused') return;
        const identifiers = [catalog, schema, table].flatMap((part) => ['.', `identifier ${part}`]).slice(1);
        expect(lex(sql)).toEqual(['DESCRIBE', 'HISTORY', ...identifiers, 'LIMIT', '10']);
      }),
    );
  });

  it('names exactly the location that was meant, or refuses', () => {
    fc.assert(
      fc.property(hostile, (path) => {
        const location = `abfss://c@acc.dfs.core.windows.net/${path}`;
        const sql = orRefused(() =>
          cloneStatement({ source: atPath(location), version: 3, target: named('a.b.c'), stamp, retention, location }),
        );
        if (sql === 'refused') return;
        const tokens = lex(sql);
        expect(tokens.slice(0, 15)).toEqual(
          'CREATE OR REPLACE TABLE'
            .split(' ')
            .concat(
              ['identifier a', '.', 'identifier b', '.', 'identifier c', 'DEEP', 'CLONE'],
              ['delta', '.', `identifier ${location}`, 'VERSION'],
            ),
        );
        expect(tokens.slice(-2)).toEqual(['LOCATION', `string ${location}`]);
      }),
    );
  });

  it('refuses what a stamp can not be, instead of escaping it', () => {
    fc.assert(
      fc.property(hostile, (syncId) => {
        const build = () =>
          cloneStatement({
            source: named('a.b.c'),
            version: 1,
            target: atPath('s3://b/x'),
            stamp: { ...stamp, syncId },
            retention: { ...retention, log: syncId },
            location: null,
          });
        const sql = orRefused(build);
        if (sql === 'refused') return;
        expect(lex(sql).filter((token) => token === `string ${syncId}`)).toHaveLength(2);
      }),
    );
  });

  it('doubles backticks in any text', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(lex(quoteIdentifier(text))).toEqual([`identifier ${text}`]);
      }),
    );
  });

  it.each(['a.b', 'a.b.c.d', 'a..c', '', 'a.b.c d', 'a.b.c/d', 'a.b.c\u0007', 'a.b.\ud800'])(
    'refuses the name %j',
    (name) => {
      expect(() => quoteTableName(name)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_TABLE' }));
    },
  );

  it.each([
    'https://x/y',
    '/local/path',
    'abfss://c@acc/a/../b',
    'abfss://c@acc/a//b',
    'abfss://c@acc/a/',
    'abfss:///a',
    'abfss://c@acc/a b',
    'abfss://c@acc/a%2e%2e/b',
    "abfss://c@acc/a'b",
    'abfss://c@acc/a`b',
    'abfss://c@acc/a\u202eb',
  ])('refuses the location %j', (location) => {
    expect(() => checkedLocation(location)).toThrow(expect.objectContaining({ code: 'LOCATION_NOT_FOUND' }));
  });

  it.each(['abfss://c@acc.dfs.core.windows.net', 's3://bucket/sync/ws/cat/sch/tab', 'gs://b/ünï/_x$y'])(
    'accepts the location %j',
    (location) => {
      expect(checkedLocation(location)).toBe(location);
    },
  );

  it.each([-1, 1.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])('refuses the version %j', (version) => {
    const build = () =>
      cloneStatement({ source: named('a.b.c'), version, target: atPath('s3://b/x'), stamp, retention, location: null });
    expect(build).toThrow(expect.objectContaining({ code: 'UNEXPECTED_ANSWER' }));
  });
});

describe('the statements that cross the border', () => {
  it('sends a version with its stamp and retention', () => {
    const sql = cloneStatement({
      source: named('main.sales.orders'),
      version: 42,
      target: atPath('abfss://s@acc/ws/main/sales/orders'),
      stamp,
      retention,
      location: null,
    });
    expect(sql).toBe(
      'CREATE OR REPLACE TABLE delta.`abfss://s@acc/ws/main/sales/orders` ' +
        'DEEP CLONE `main`.`sales`.`orders` VERSION AS OF 42 ' +
        "TBLPROPERTIES ('dr.source_table_id' = 'a1-b2', 'dr.source_version' = '4', 'dr.sync_id' = 'run-12.0-3', " +
        "'dr.epoch' = '2', 'dr.controller' = 'c-9', 'delta.deletedFileRetentionDuration' = 'interval 7 days', " +
        "'delta.logRetentionDuration' = 'interval 30 days')",
    );
  });

  it('vacuums no earlier than asked: part hours count as whole', () => {
    expect(vacuumStatement(atPath('s3://b/x'), 335.2)).toBe('VACUUM delta.`s3://b/x` RETAIN 336 HOURS');
  });

  it('keeps a table readable for no less than asked, log and files alike, and sets nothing else', () => {
    const statement = retentionStatement(atPath('s3://b/x'), retentionOfHours(335.2));
    expect(statement).toBe(
      "ALTER TABLE delta.`s3://b/x` SET TBLPROPERTIES ('delta.deletedFileRetentionDuration' = 'interval 336 hours', " +
        "'delta.logRetentionDuration' = 'interval 336 hours')",
    );
    expect(() => retentionStatement(atPath("s3://b/x'; DROP TABLE y"), retentionOfHours(1))).toThrow(DrError);
  });
});
