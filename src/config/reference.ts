import type { z } from 'zod';
import { environmentDocs } from './environment-docs.js';
import { configSchema, groupSchema, keyDocs, tableSchema, workspaceSchema } from './schema.js';

/** The text of `docs/configuration.md`, made from the schema so that the two can't disagree. */
export function configReference(): string {
  return [
    '<!-- Made from the schema in src/config; a test compares. `npx vitest run test/config -u` writes it anew. -->',
    '# Configuration',
    intro,
    '## The file',
    keyTable(configSchema),
    '### Workspaces',
    'Keys of an element of `workspaces`.',
    keyTable(workspaceSchema),
    '### Groups',
    "Keys of an element of `sync_groups`. Where a workspace has the same key, the group's counts for the group.",
    keyTable(groupSchema),
    '### Tables whose names differ',
    keyTable(tableSchema),
    '## Who needs which right',
    rights,
    '## Environment',
    environmentIntro,
    table(
      ['Variable', 'Meaning'],
      environmentDocs.map(({ name, meaning }) => [`\`${name}\``, meaning]),
    ),
    '',
  ].join('\n\n');
}

const intro = `One JSON file says what is protected; the environment says how to get in. The file holds names of secrets and never a
secret: it can be kept in version control, and a text that looks like a token is an error.

\`lakehouse-dr validate --offline\` checks the file alone, \`lakehouse-dr validate\` both workspaces too. Every finding comes at
once, each with its place (\`workspaces[0].sync_groups[1].tables[2]\`) and what to do.

Numbers may also be digits in quotes (\`"3"\`). Minutes may be fractions (\`0.5\`). Unknown keys are errors. Workspaces, groups
and tables are compared without regard to case. The smallest complete file:

\`\`\`json
{
  "secret_scope": "dr-secrets",
  "workspaces": [
    {
      "workspace_name": "sales",
      "workspace_instance_url": "https://adb-1111111111111111.1.azuredatabricks.net",
      "workspace_pat_key": "dr-token",
      "secondary_workspace_instance_url": "https://adb-2222222222222222.2.azuredatabricks.net",
      "secondary_workspace_pat_key": "dr-token",
      "sync_location_primary": "abfss://dr@salesdreast.dfs.core.windows.net",
      "sync_location_secondary": "abfss://dr@salesdrwest.dfs.core.windows.net",
      "sync_groups": [
        {
          "group_name": "orders",
          "workflow": "orders_etl",
          "tables": ["sales.raw.orders", "sales.main.revenue"]
        }
      ]
    }
  ]
}
\`\`\`

Without the secondary workspace's URL and key a file is complete only offline: \`validate --offline\` warns, everything else
refuses it.`;

const rights = `Four principals can do the work, so that none of them can read and write everything. A key that is left out falls back to the
region's own \`…workspace_pat_key\`.

| Principal | Scope in | Reads | Writes |
|---|---|---|---|
| \`sender_pat_key\` | primary | source tables | \`sync_location_secondary\` |
| \`receiver_pat_key\` | secondary | \`sync_location_secondary\` | target tables, the ledger in \`sync_location_secondary\` |
| \`reverse_sender_pat_key\` | secondary | source tables after a failover | \`sync_location_primary\` |
| \`reverse_receiver_pat_key\` | primary | \`sync_location_primary\` | target tables after a failover, the ledger in \`sync_location_primary\` |
| \`workspace_pat_key\`, \`secondary_workspace_pat_key\` | each | runs and settings of the jobs, catalog, warehouses | pause, cancel and start of the jobs (CAN MANAGE) |

Each region's scope has to be readable without the other region.`;

const environmentIntro = `Read by the worker and by the command line. An empty variable counts as unset. \`.env.example\` lists them for copying. Each
region's token goes only to the host that the file names for that region.`;

/** Keys in the order of the schema: required ones say so in place of a default. */
function keyTable(schema: z.ZodObject): string {
  const rows = Object.entries(schema.shape).map(([key, field]) => {
    const doc = keyDocs.get(field);
    if (doc === undefined) throw new Error(`the configuration key ${key} has no description`);
    return [`\`${key}\``, doc.type, doc.defaultValue ?? '**required**', doc.meaning];
  });
  return table(['Key', 'Value', 'Default', 'Meaning'], rows);
}

const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [header, header.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
