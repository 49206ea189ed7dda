import type { Region } from '../../domain/region.js';
import type { MailServer } from '../mail/mail-server.js';
import type { ControlServer } from '../server/control-server.js';
import type { TemporalDevServer } from '../temporal/dev-server.js';
import { warehouseHttpPath } from './dr-config.js';
import type { Layout } from './layout.js';
import { containers, containerUri, regions, sampleGroups } from './layout.js';
import type { StackRegion } from './region.js';
import type { StackFile } from './stack-file.js';

/** Parts of a running pair that its description is made of. */
export interface RunningParts {
  readonly regions: Readonly<Record<Region, StackRegion>>;
  readonly mail: MailServer;
  readonly temporal: TemporalDevServer | null;
  readonly control: ControlServer;
}

/** The content of `stack.json`. */
export function describeStack(layout: Layout, parts: RunningParts): StackFile {
  const { primary, secondary } = parts.regions;
  return {
    regions: { primary: describeRegion(layout, primary), secondary: describeRegion(layout, secondary) },
    storage: storageEntries(layout),
    tables: { primary: tableFolders(primary), secondary: tableFolders(secondary) },
    smtp: { port: parts.mail.port, mailDir: parts.mail.mailDir },
    temporal: parts.temporal && {
      address: parts.temporal.address,
      namespace: parts.temporal.namespace,
      uiUrl: parts.temporal.uiUrl,
    },
    config: layout.configFile,
    env: environmentOf(layout, parts),
    control: { url: parts.control.url, key: parts.control.key, pid: process.pid },
  };
}

/** Storage URI prefixes of both regions and the folders behind them. */
export function storageEntries(layout: Layout): Record<string, string> {
  const names = Object.keys(containers) as (keyof typeof containers)[];
  return Object.fromEntries(
    regions.flatMap((region) =>
      names.map((container) => [containerUri(region, container), layout.container(region, container)]),
    ),
  );
}

function describeRegion(layout: Layout, { region, url, port, tokens }: StackRegion): StackFile['regions'][Region] {
  return {
    url,
    host: new URL(url).host,
    port,
    caCertFile: layout.caCertFile,
    warehouseHttpPath: warehouseHttpPath(region),
    tokens: { ...tokens },
  };
}

function tableFolders(region: StackRegion): Record<string, string> {
  const tables = sampleGroups.flatMap((sample) => sample.tables);
  return Object.fromEntries(tables.map((table) => [table, region.tableFolder(table)]));
}

/** What worker and command line need in their environment to work with this pair. */
function environmentOf(layout: Layout, { regions: running, mail, temporal }: RunningParts): Record<string, string> {
  return {
    DR_CONFIG: layout.configFile,
    DR_CA_CERT_FILE: layout.caCertFile,
    DATABRICKS_TOKEN_PRIMARY: running.primary.tokens.bootstrap ?? '',
    DATABRICKS_TOKEN_SECONDARY: running.secondary.tokens.bootstrap ?? '',
    DR_SMTP_URL: mail.url,
    DR_MAIL_FROM: 'lakehouse-dr@example.com',
    // A port of its own choosing: several pairs and workers may run on one machine.
    DR_METRICS_ADDRESS: '127.0.0.1:0',
    ...(temporal && { TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: temporal.namespace }),
  };
}
