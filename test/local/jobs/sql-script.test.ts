import { expect, it } from 'vitest';
import { splitStatements } from '../../../src/local/jobs/sql-script.js';

it.each([
  ['a; b ;c', ['a', 'b', 'c']],
  ["SELECT ';' ; SELECT 1", ["SELECT ';'", 'SELECT 1']],
  ["SELECT 'it\\'s; one'; x", ["SELECT 'it\\'s; one'", 'x']],
  ['SELECT `odd;name`', ['SELECT `odd;name`']],
  ['-- only; a comment\n', []],
  [
    '-- COMMAND ----------\na;\n\n-- COMMAND ----------\n\nb;',
    ['-- COMMAND ----------\na', '-- COMMAND ----------\n\nb'],
  ],
  ['/* a; b */ c;', ['/* a; b */ c']],
  [';;a;;', ['a']],
])('splits %j', (script, statements) => {
  expect(splitStatements(script)).toEqual(statements);
});
