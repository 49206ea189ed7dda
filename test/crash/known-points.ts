/**
 * Every point at which a sync of the sample group can be struck: its steps as a recorded history tells, its calls as the
 * regions see them. A step or a call that is not listed here fails the matrix: whoever adds one decides that it is struck,
 * too.
 */
const tables = ['raw.workflow_1_bronze', 'stage.workflow_1_silver', 'main.workflow_1_gold'].map(
  (table) => `dr_test_catalog.${table}`,
);

const [, , slow] = tables;

/** The clones of one table take long in both hops, see `crash-world.ts`: the way of a clone that is waited for. */
const clones = (hop: 'send' | 'receive'): string[] => [
  ...tables.map((table) => `startClone ${hop} ${table}`),
  `awaitStatement ${hop}`,
  `finishClone ${hop} ${slow}`,
];

export const knownSteps: readonly string[] = [
  'loadGroup',
  'lookAtRuns',
  'loadSpec',
  'readBase',
  'resolveCut',
  ...clones('send'),
  'recordEvents sent',
  'guardTargets',
  'quiesce',
  ...clones('receive'),
  'verifyTables',
  'recordEvents published',
  // The same in the ledger of the source region.
  'recordEvents published #2',
  'notify sync_published',
];

/** On a busy machine other clones take long, too. What is struck at them is struck at the slow one already. */
export const occasionalSteps: readonly string[] = (['send', 'receive'] as const).flatMap((hop) => [
  ...[2, 3].map((count) => `awaitStatement ${hop} #${count}`),
  ...tables.filter((table) => table !== slow).map((table) => `finishClone ${hop} ${table}`),
]);

const driver = (region: string, statements: readonly string[]): string[] => [
  `${region} thrift OpenSession`,
  ...['', ...statements].map((sql) => `${region} thrift ExecuteStatement${sql && ` ${sql}`}`),
  `${region} thrift CloseSession`,
];

const warehouse = (region: string): string[] => [
  `${region} GET /api/2.0/sql/warehouses/*`,
  `${region} GET /api/2.1/unity-catalog/tables/*`,
  `${region} GET /api/2.0/sql/history/queries`,
  `${region} POST /api/2.0/sql/statements DEEP CLONE`,
  `${region} GET /api/2.0/sql/statements/*`,
];

export const knownCalls: readonly string[] = [
  ...['jobs/list', 'jobs/runs/list', 'jobs/runs/get'].map((path) => `primary GET /api/2.2/${path}`),
  ...warehouse('primary'),
  ...driver('primary', ['DESCRIBE DETAIL', 'DESCRIBE HISTORY', 'SELECT', 'INSERT INTO']),
  ...warehouse('secondary'),
  ...driver('secondary', ['SELECT', 'INSERT INTO', 'DESCRIBE DETAIL', 'DESCRIBE HISTORY', 'DESCRIBE TABLE']),
];
