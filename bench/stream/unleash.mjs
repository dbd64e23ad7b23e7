// Unleash as its documentation starts it: its own defaults, features cached, one client token; only what calls home is turned off.
import { start } from 'unleash-server';

const [, , port, databaseUrl, token] = process.argv;
const log = () => ({
  debug() {},
  info() {},
  warn() {},
  error: (...what) => process.stderr.write(`${what.join(' ')}\n`),
  fatal: () => undefined,
});
await start({
  databaseUrl,
  db: { ssl: false },
  server: { port: Number(port), host: '127.0.0.1' },
  getLogger: log,
  versionCheck: { enable: false },
  telemetry: false,
  authentication: {
    initApiTokens: [{ environment: 'development', projects: ['*'], project: '*', secret: token, type: 'backend', tokenName: 'bench' }],
  },
});
process.send({ ready: true });

// Nobody is left behind when the bench is interrupted.
process.once('disconnect', () => process.exit(1));
