import { expect, it } from 'vitest';
import { readSettings, SettingsError } from './settings.js';

function problemsIn(env: Record<string, string>): readonly string[] {
  try {
    readSettings(env);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}

it('needs nothing', () => {
  expect(readSettings({}, '/home/shop')).toEqual({
    host: '127.0.0.1',
    port: 4400,
    publicUrl: null,
    trustedProxies: [],
    allowedOrigins: [],
    databaseUrl: null,
    changeLogDays: 7,
    changeLogRevisions: 1_000,
    seriesPerFlag: 500,
    metricsVariants: 1_000,
    dataDir: '/home/shop/.ballast',
    adminToken: null,
    serverKey: null,
    clientKey: null,
    logLevel: 'info',
    ofrepMetadata: 'full',
    prometheusUrl: null,
    allowInternalWebhooks: false,
    smtpUrl: null,
    mailFrom: 'Ballast <ballast@localhost>',
  });
});

it('reads every setting', () => {
  const env = {
    HOST: '0.0.0.0',
    PORT: '8080',
    PUBLIC_URL: 'https://flags.example/ballast/',
    TRUSTED_PROXIES: '10.0.0.0/8, 192.168.1.7,loopback',
    ALLOWED_ORIGINS: 'https://shop.example, http://localhost:5173',
    DATABASE_URL: 'postgresql://ballast:secret@db:5432/ballast',
    BALLAST_DATA_DIR: '/var/lib/flags',
    BALLAST_CHANGE_LOG_DAYS: '30',
    BALLAST_CHANGE_LOG_REVISIONS: '5000',
    BALLAST_SERIES_PER_FLAG: '50',
    BALLAST_METRICS_VARIANTS: '200',
    BALLAST_ALLOW_INTERNAL_WEBHOOKS: 'true',
    SMTP_URL: 'smtps://mail.shop.example',
    BALLAST_MAIL_FROM: 'Alerts <alerts@shop.example>',
    BALLAST_ADMIN_TOKEN: 'an-admin-token-that-is-long',
    BALLAST_SERVER_KEY: 'a-server-key-that-is-long',
    BALLAST_CLIENT_KEY: 'a-client-key-that-is-long',
    BALLAST_LOG_LEVEL: 'warn',
    BALLAST_OFREP_METADATA: 'flag-only',
  };
  expect(readSettings(env)).toEqual({
    host: '0.0.0.0',
    port: 8080,
    publicUrl: 'https://flags.example/ballast',
    trustedProxies: ['10.0.0.0/8', '192.168.1.7', 'loopback'],
    allowedOrigins: ['https://shop.example', 'http://localhost:5173'],
    databaseUrl: 'postgresql://ballast:secret@db:5432/ballast',
    dataDir: '/var/lib/flags',
    changeLogDays: 30,
    changeLogRevisions: 5_000,
    seriesPerFlag: 50,
    metricsVariants: 200,
    adminToken: 'an-admin-token-that-is-long',
    serverKey: 'a-server-key-that-is-long',
    clientKey: 'a-client-key-that-is-long',
    logLevel: 'warn',
    ofrepMetadata: 'flag-only',
    prometheusUrl: null,
    allowInternalWebhooks: true,
    smtpUrl: 'smtps://mail.shop.example',
    mailFrom: 'Alerts <alerts@shop.example>',
  });
});

it('takes an empty variable for none', () => {
  expect(readSettings({ PORT: '', DATABASE_URL: ' ', BALLAST_ADMIN_TOKEN: '' })).toEqual(readSettings({}));
});

it('reports every problem at once, and never a secret', () => {
  const problems = problemsIn({
    PORT: '70000',
    PUBLIC_URL: 'flags.example',
    TRUSTED_PROXIES: '10.0.0.0/8,proxy',
    ALLOWED_ORIGINS: 'https://shop.example/path',
    DATABASE_URL: 'mysql://root:hunter2@db/flags',
    BALLAST_ADMIN_TOKEN: 'hunter2',
    BALLAST_CHANGE_LOG_DAYS: '0',
    BALLAST_CHANGE_LOG_REVISIONS: 'many',
    BALLAST_LOG_LEVEL: 'loud',
  });
  expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
    'PORT',
    'PUBLIC_URL',
    'TRUSTED_PROXIES',
    'ALLOWED_ORIGINS',
    'DATABASE_URL',
    'BALLAST_CHANGE_LOG_DAYS',
    'BALLAST_CHANGE_LOG_REVISIONS',
    'BALLAST_ADMIN_TOKEN',
    'BALLAST_LOG_LEVEL',
  ]);
  expect(problems.join()).not.toContain('hunter2');
});

it('wants three different secrets', () => {
  const same = 'the-same-secret-three-times';
  expect(problemsIn({ BALLAST_ADMIN_TOKEN: same, BALLAST_SERVER_KEY: same })).toEqual([
    'BALLAST_ADMIN_TOKEN must differ from BALLAST_SERVER_KEY',
    'BALLAST_SERVER_KEY must differ from BALLAST_ADMIN_TOKEN',
  ]);
});
