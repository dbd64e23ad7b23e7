import { fileURLToPath } from 'node:url';
import { start } from './processes.mjs';

const program = fileURLToPath(new URL('../../examples/storefront/src/main.js', import.meta.url));
const clock = new URL('./clock.mjs', import.meta.url).href;
const FLUSH_EVERY_MS = 500;

/** The storefront's code paths: a flag that may decide each of them, in the shop's own file or in OpenTelemetry's, and what uses it. */
export const codePaths = [
  {
    name: 'recommendations',
    flags: ['new-recommendations', 'recommendationCacheFailure'],
    method: 'GET',
    path: '/recommendations?for=lamp',
  },
  { name: 'payment', flags: ['express-payment', 'paymentUnreachable'], method: 'POST', path: '/checkout' },
  { name: 'catalogue', flags: ['search-index', 'productCatalogFailure'], method: 'GET', path: '/products' },
];

/** Which flag of a file decides each code path. */
export function flagsFor(keys) {
  return new Map(codePaths.map(({ name, flags }) => [name, flags.find((flag) => keys.has(flag))]).filter(([, flag]) => flag !== undefined));
}

/**
 * One storefront process. `counted` is how often it used the watched code path, `safeAt` the moment of its first request in which a customer
 * who had been served `on` got `off`, `lateOn` how many requests got `on` after that.
 */
export function openStore(name, { url, key, folder, flags, watched, time }) {
  const served = { counted: 0, failed: 0, safeAt: undefined, lateOn: 0 };
  const hadOn = new Set();
  const see = ({ at, customer, status, branches }) => {
    const branch = branches[watched];
    if (branch === undefined) return;
    served.counted += 1;
    if (status >= 500) served.failed += 1;
    if (branch === 'off' && hadOn.has(customer)) served.safeAt ??= at;
    if (branch === 'on') hadOn.add(customer);
    if (branch === 'on' && served.safeAt !== undefined) served.lateOn += 1;
  };
  let port;
  const opened = new Promise((resolve) => {
    port = resolve;
  });
  const onLine = (line) => {
    const event = JSON.parse(line);
    if (event.listening) port(event.listening);
    if (event.branches) see(event);
  };
  const settings = [...flags].map(([path, flag]) => [`FLAG_${path.toUpperCase()}`, flag]);
  // The SDK keeps its last known good among the temporary files; those of the demo go away with it.
  const place = { TMPDIR: folder, BALLAST_URL: url, BALLAST_KEY: key, PORT: '0', FLUSH_EVERY_MS: String(FLUSH_EVERY_MS), ...time };
  const env = { ...Object.fromEntries(settings), ...place };
  const running = start(name, { args: ['--import', clock, program], env, onLine });
  return { ...running, served, port: Promise.race([opened, running.failure]) };
}
