import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/domain/secret.js';
import { createLogger, temporalLogger } from '../../src/worker/logging.js';

/** What one way of logging writes. */
function written(log: (logger: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = [];
  log(createLogger('debug', { write: (line) => lines.push(line) }));
  return lines.join('');
}

describe('no-secrets: logs', () => {
  const token = `dapi${'0123456789abcdef'.repeat(2)}`;

  it.each([
    ['a Secret', (logger) => logger.info({ credential: new Secret(token) }, 'x')],
    ['a message', (logger) => logger.error(`the token ${token} is wrong`)],
    ['a header', (logger) => logger.info({ headers: { authorization: `Bearer ${token}` } }, 'x')],
    ['a nested password', (logger) => logger.info({ a: { password: token } }, 'x')],
    [
      'an error and its cause',
      (logger) => logger.error({ err: new Error('a', { cause: new Error(`Bearer ${token}`) }) }, 'x'),
    ],
    [
      "the SDK's own fields",
      (logger) => temporalLogger(logger).warn('x', { error: new Error(`https://me:${token}@host/`) }),
    ],
  ] satisfies [string, (logger: ReturnType<typeof createLogger>) => void][])('%s shows no token', (_what, log) => {
    const text = written(log);
    expect(text).toContain('secret');
    expect(text.includes(token)).toBe(false);
  });

  it('a URL with a password and an OAuth token are cleaned, everything else stays', () => {
    const text = written((logger) =>
      logger.info(
        'smtp://user:hunter2@mail.example.com eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.SflKxwRJSMeKKF2QT4 run 812345678901234',
      ),
    );
    expect(text).not.toMatch(/hunter2|eyJ/);
    expect(text).toContain('mail.example.com');
    expect(text).toContain('run 812345678901234');
  });

  it('each line is one JSON object with level and time', () => {
    const text = written((logger) =>
      temporalLogger(logger).log('WARN', 'two\nlines', { bigint: 12345678901234567890n }),
    );
    expect(text.split('\n')).toHaveLength(2);
    expect(JSON.parse(text)).toMatchObject({ level: 'warn', msg: 'two\nlines', bigint: '12345678901234567890' });
    expect(Date.parse(JSON.parse(text).time)).toBeGreaterThan(0);
  });

  it('does not warn of queues without workflows, which there are on purpose', () => {
    const [meant, other] = written((logger) => {
      temporalLogger(logger).warn('No workflows registered, not polling for workflow tasks');
      temporalLogger(logger).warn('No workflows left');
    }).split('\n');
    expect([meant, other].map((line) => JSON.parse(line ?? '').level)).toEqual(['debug', 'warn']);
  });

  it('keeps to the level', () => {
    expect(written((logger) => logger.trace('x'))).toBe('');
  });
});
