import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { untilReady } from '../demo/admin.mjs';
import { freePort, start } from '../demo/processes.mjs';
import { root } from '../step.mjs';

/**
 * Starts a server on a copy of a database and works with it. Nothing is sent to anybody and no rollout goes on: whoever looks
 * at the copy holds the lock of the leader, and the table of messages that wait.
 */
export async function withScratchServer(databaseUrl, work) {
  const { ADVISORY_LOCKS, migrate, withAdvisoryLock } = await import('../../apps/server/dist/database/index.js');
  await migrate(databaseUrl);
  return await withAdvisoryLock(databaseUrl, ADVISORY_LOCKS.leader, async (client) => {
    await client.query('BEGIN');
    await client.query('LOCK TABLE alert_delivery IN EXCLUSIVE MODE');
    const dataDir = await mkdtemp(join(tmpdir(), 'ballast-drill-'));
    const url = `http://127.0.0.1:${await freePort()}`;
    const token = randomBytes(24).toString('hex');
    const args = [join(root, 'apps/server/dist/main.js')];
    const server = start('the server on the copy', { args, env: settings({ databaseUrl, dataDir, url, token }) });
    try {
      await untilReady(url, server);
      return await work({ url, token });
    } finally {
      server.child.kill('SIGKILL');
      await server.ended;
      await rm(dataDir, { recursive: true, force: true });
    }
  });
}

function settings({ databaseUrl, dataDir, url, token }) {
  return {
    HOST: '127.0.0.1',
    PORT: new URL(url).port,
    PUBLIC_URL: url,
    DATABASE_URL: databaseUrl,
    BALLAST_DATA_DIR: dataDir,
    BALLAST_ADMIN_TOKEN: token,
    BALLAST_SERVER_KEY: '',
    BALLAST_CLIENT_KEY: '',
    BALLAST_LOG_LEVEL: 'warn',
    SMTP_URL: '',
    PROMETHEUS_URL: '',
    OTEL_EXPORTER_OTLP_ENDPOINT: '',
  };
}
