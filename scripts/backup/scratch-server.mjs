import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { untilReady } from '../demo/admin.mjs';
import { freePort, start, stop } from '../demo/processes.mjs';
import { root } from '../step.mjs';

/**
 * Starts a server on a copy of a database and works with it. It never leads, so nothing is sent to anybody and no rollout goes
 * on: the lock of the leader is held by whoever looks at the copy.
 */
export async function withScratchServer(databaseUrl, work) {
  const { ADVISORY_LOCKS, withAdvisoryLock } = await import('../../apps/server/dist/database/index.js');
  return await withAdvisoryLock(databaseUrl, ADVISORY_LOCKS.leader, async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'ballast-drill-'));
    const url = `http://127.0.0.1:${await freePort()}`;
    const token = randomBytes(24).toString('hex');
    const server = start('the server on the copy', {
      args: [join(root, 'apps/server/dist/main.js')],
      env: settings({ databaseUrl, dataDir, url, token }),
    });
    try {
      await untilReady(url, server);
      return await work({ url, token });
    } finally {
      await stop(server);
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
    OTEL_EXPORTER_OTLP_ENDPOINT: '',
  };
}
