import { expect, it } from 'vitest';
import { readSettings, SettingsError } from './settings.js';

const least = { BALLAST_UPSTREAM_URL: 'https://flags.example/', BALLAST_RELAY_KEY: 'blst_rly_0123456789abcdef' };

it('reads what it must be told, and has a default for everything else', () => {
  expect(readSettings({ ...least, PORT: '', ALLOWED_ORIGINS: ' ' }, '/srv')).toEqual({
    upstreamUrl: 'https://flags.example',
    key: 'blst_rly_0123456789abcdef',
    host: '127.0.0.1',
    port: 4500,
    dataDir: '/srv/.ballast-relay',
    staleAfterMs: 5_000,
    allowedOrigins: [],
    forwardQueueBytes: 33_554_432,
    logLevel: 'info',
  });
});

it('reads what it is told', () => {
  const told = {
    ...least,
    HOST: '0.0.0.0',
    PORT: '0',
    BALLAST_DATA_DIR: '/data',
    BALLAST_STALE_AFTER_SECONDS: '0',
    ALLOWED_ORIGINS: 'https://shop.example, *',
    BALLAST_FORWARD_QUEUE_BYTES: '65536',
    BALLAST_LOG_LEVEL: 'warn',
  };
  expect(readSettings(told)).toMatchObject({
    host: '0.0.0.0',
    port: 0,
    dataDir: '/data',
    staleAfterMs: 0,
    allowedOrigins: ['https://shop.example', '*'],
    forwardQueueBytes: 65_536,
    logLevel: 'warn',
  });
});

it('tells all problems at once, and no secret', () => {
  const wrong = {
    BALLAST_UPSTREAM_URL: 'ftp://flags.example',
    BALLAST_RELAY_KEY: 'too short',
    PORT: '65536',
    BALLAST_STALE_AFTER_SECONDS: '-1',
    ALLOWED_ORIGINS: 'https://shop.example/path',
    BALLAST_FORWARD_QUEUE_BYTES: '1',
    BALLAST_LOG_LEVEL: 'loud',
  };
  const problems = () => readSettings(wrong);
  expect(problems).toThrow(SettingsError);
  expect(problems).toThrow(
    [
      'The settings are not usable:',
      '  - BALLAST_UPSTREAM_URL: must be an http or https URL',
      '  - BALLAST_RELAY_KEY: must be a relay key: 16 to 255 printable ASCII characters without spaces',
      '  - PORT: must be a whole number from 0 to 65535',
      '  - BALLAST_STALE_AFTER_SECONDS: must be a whole number from 0 to 86400',
      '  - ALLOWED_ORIGINS: must be * or origins such as https://shop.example, separated by commas',
      '  - BALLAST_FORWARD_QUEUE_BYTES: must be a whole number from 65536 to 1073741824',
      '  - BALLAST_LOG_LEVEL: must be one of debug, info, warn, error, silent',
    ].join('\n'),
  );
  expect(() => readSettings({})).toThrow(/BALLAST_UPSTREAM_URL: is missing\n {2}- BALLAST_RELAY_KEY: is missing/);
});
