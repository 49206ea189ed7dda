import { z } from 'zod';
import { Secret } from '../domain/secret.js';

/** The environment variables that the product reads, besides Temporal's own (`TEMPORAL_ADDRESS`, …). */
export interface Environment {
  /** `DR_CONFIG`; null when unset. */
  readonly configFile: string | null;
  readonly logLevel: LogLevel;
  readonly metricsAddress: MetricsAddress | null;
  /** The whole URL is secret: it may hold a password. null: no mail is sent. */
  readonly smtpUrl: Secret | null;
  readonly mailFrom: string | null;
  /** PEM file of certificate authorities trusted besides the system's. */
  readonly caCertFile: string | null;
  readonly secretsDir: string | null;
}

export interface MetricsAddress {
  readonly host: string;
  readonly port: number;
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Variables as a process has them; handed in, so that nobody else needs the process. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** An environment variable holds something else than it should. Names the variable; the value only where it is no secret. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

/** The variables of this process. */
export function processVariables(): Variables {
  return process.env;
}

/**
 * The product's settings from the environment. An empty variable counts as unset.
 *
 * @throws EnvironmentError
 */
export function environment(variables: Variables = processVariables()): Environment {
  const get = (name: string): string | null => variableOf(variables, name);
  const smtpUrl = get('DR_SMTP_URL');
  if (smtpUrl !== null && !/^smtps?:\/\/[^\s/]+/.test(smtpUrl)) {
    throw new EnvironmentError('DR_SMTP_URL is not an SMTP URL.', 'Write smtp[s]://[user:password@]host[:port].');
  }
  return {
    configFile: get('DR_CONFIG'),
    logLevel: logLevelOf(get('DR_LOG_LEVEL')),
    metricsAddress: metricsAddressOf(get('DR_METRICS_ADDRESS') ?? defaultMetricsAddress),
    smtpUrl: smtpUrl === null ? null : new Secret(smtpUrl),
    mailFrom: get('DR_MAIL_FROM'),
    caCertFile: get('DR_CA_CERT_FILE'),
    secretsDir: get('DR_SECRETS_DIR'),
  };
}

export const variableOf = (variables: Variables, name: string): string | null => {
  const value = variables[name]?.trim();
  return value === undefined || value === '' ? null : value;
};

const defaultMetricsAddress = '127.0.0.1:9464';

function logLevelOf(value: string | null): LogLevel {
  const parsed = z.enum(logLevels).safeParse(value?.toLowerCase() ?? 'info');
  if (parsed.success) return parsed.data;
  throw new EnvironmentError('DR_LOG_LEVEL is not a level.', `Write one of ${logLevels.join(', ')}.`);
}

/** `host:port`, `[v6]:port`, `:port` for all interfaces, or `off`. */
function metricsAddressOf(value: string): MetricsAddress | null {
  if (value === 'off') return null;
  const match = /^(?<host>[^:\s]*|\[[0-9a-fA-F:.]+\]):(?<port>\d{1,5})$/.exec(value);
  const port = Number(match?.groups?.port);
  if (match === null || port > 65_535) {
    throw new EnvironmentError('DR_METRICS_ADDRESS is not an address.', 'Write host:port, or off for no metrics.');
  }
  const host = match.groups?.host ?? '';
  return { host: host === '' ? '0.0.0.0' : host, port };
}
