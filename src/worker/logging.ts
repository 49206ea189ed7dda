import type { Logger as TemporalLogger } from '@temporalio/common';
import type { Logger } from 'pino';
import { pino } from 'pino';
import type { LogLevel } from '../config/index.js';

/** Where log lines go: whole lines with their line feed. */
export interface LineSink {
  write(line: string): unknown;
}

/** Keys whose values are never logged, at any depth that pino's paths reach. */
const secretKeys = [
  'token',
  'authorization',
  'password',
  'secret',
  'clientSecret',
  'client_secret',
  'apiKey',
  'smtpUrl',
];
const redactPaths = secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]);

/**
 * What credentials look like inside longer texts: a vendor's error message may quote the header that it refused.
 * The last net, not the first: credentials are held as `Secret`, which shows nothing of itself.
 */
const secretShapes: readonly (readonly [RegExp, string])[] = [
  [/\b(dapi|dose|dkea)[0-9a-f]{28,}(-\d+)?\b/gi, '[secret]'],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9+/=._~-]{8,}/gi, '$1 [secret]'],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+/g, '[secret]'],
  [/\/\/[^/\s:@"]*:[^/\s@"]+@/g, '//[secret]@'],
];

/** Replaces everything that looks like a credential. */
const withoutSecrets = (text: string): string =>
  secretShapes.reduce((clean, [shape, instead]) => clean.replace(shape, instead), text);

/** JSON lines on stderr (stdout belongs to commands' output), a line per event, credentials removed. */
export function createLogger(level: LogLevel, sink: LineSink = process.stderr): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: pino.stdSerializers.errWithCause, error: pino.stdSerializers.errWithCause },
      redact: { paths: redactPaths, censor: '[secret]' },
    },
    { write: (line) => void sink.write(withoutSecrets(line)) },
  );
}

/** What the SDK notes of a queue that has steps alone, as a region's queues do on purpose. */
const asMeant = /^No (workflows|Nexus services) registered/;

/** The SDK says message, then fields; pino the other way round. */
export function temporalLogger(logger: Logger): TemporalLogger {
  type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error';
  const say = (level: Level, message: string, meta?: Readonly<Record<string | symbol, unknown>>): void =>
    logger[asMeant.test(message) ? 'debug' : level](plain(meta), message);
  return {
    log: (level, message, meta) => say(level.toLowerCase() as Level, message, meta),
    trace: (message, meta) => say('trace', message, meta),
    debug: (message, meta) => say('debug', message, meta),
    info: (message, meta) => say('info', message, meta),
    warn: (message, meta) => say('warn', message, meta),
    error: (message, meta) => say('error', message, meta),
  };
}

/** Core's own fields may hold 64-bit integers, which JSON has no way to say. */
function plain(meta: Readonly<Record<string | symbol, unknown>> | undefined): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(meta ?? {}).map(([key, value]) => [key, typeof value === 'bigint' ? String(value) : value]),
  );
}
