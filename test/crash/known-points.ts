/**
 * Every point at which a sync of the sample group can be struck: its steps as a recorded history tells, its calls as the
 * regions see them. A step or a call that is not listed here fails the matrix: whoever adds one decides that it is struck,
 * too.
 */
const tables = ['raw.workflow_1_bronze', 'stage.workflow_1_silver', 'main.workflow_1_gold'].map(
  (table) => `dr_test_catalog.${table}`,
);

const clones = (hop: 'send' | 'receive'): string[] => [
  ...tables.map((table) => `startClone ${hop} ${table}`),
  ...['', ' #2', ' #3'].map((count) => `awaitStatement ${hop}${count}`),
  ...tables.map((table) => `finishClone ${hop} ${table}`),
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
  ...tables.map((table) => `verifyTable ${table}`),
  'recordEvents published',
  'notify sync_published',
];

const driver = (region: string, statements: readonly string[]): string[] => [
  `${region} thrift OpenSession`,
  ...['', ...statements].map((sql) => `${region} thrift ExecuteStatement${sql && ` ${sql}`}`),
  `${region} thrift CloseOperation`,
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
  ...driver('primary', ['DESCRIBE DETAIL', 'DESCRIBE HISTORY']),
  ...warehouse('secondary'),
  ...driver('secondary', ['SELECT', 'INSERT INTO', 'DESCRIBE DETAIL', 'DESCRIBE HISTORY', 'DESCRIBE TABLE']),
];
