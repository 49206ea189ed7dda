import { z } from 'zod';
import type { SqlSession, Tables } from './api.js';
import { int64 } from './sql-values.js';
import { columnsStatement, detailStatement, historyStatement, rowCountStatement } from './statements.js';
import { columnsOf, commitsOf, detailOf, readRow } from './table-rows.js';

/** Rows of the first look at a history: a few commits lie between two syncs. */
const firstPage = 32;
const growth = 8;
/** Beyond this the whole history is no more work than the page. */
const largestPage = firstPage * growth * growth;

const countRow = z.object({ row_count: int64 });

export function createTables(sql: SqlSession): Tables {
  return {
    async history(table, { aboveVersion, limit } = {}) {
      const read = async (rows: number | null) => {
        const statement = historyStatement(table, rows);
        return commitsOf(await sql.query(statement), statement);
      };
      if (aboveVersion === undefined) return read(limit ?? null);

      // DESCRIBE HISTORY has a LIMIT and no start: ask for more until the wanted versions are covered.
      for (let page = Math.min(firstPage, limit ?? firstPage); ; page *= growth) {
        const rows = page > largestPage ? null : Math.min(page, limit ?? page);
        const commits = await read(rows);
        const oldest = commits.at(-1)?.version ?? 0;
        const covered = oldest <= aboveVersion + 1 || rows === null || commits.length < rows;
        if (covered || rows === limit) return commits.filter((commit) => commit.version > aboveVersion);
      }
    },

    async detail(table) {
      const statement = detailStatement(table);
      return detailOf(await sql.query(statement), statement);
    },

    async rowCount(table, version) {
      const statement = rowCountStatement(table, version ?? null);
      const [row] = await sql.query(statement);
      return readRow(countRow, row, statement).row_count;
    },

    async columns(table) {
      const statement = columnsStatement(table);
      return columnsOf(await sql.query(statement), statement);
    },
  };
}
