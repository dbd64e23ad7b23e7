import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { adminOf, untilReady } from './demo/admin.mjs';
import { openAlerting } from './demo/alerting.mjs';
import { DemoError, readOptions } from './demo/options.mjs';
import { freePort, start, stop } from './demo/processes.mjs';
import { alertLines, healthLines, say, variantLines } from './demo/report.mjs';
import { codePaths, flagsFor, openStore } from './demo/stores.mjs';
import { EPOCH, SPEED, timeOf } from './demo/time.mjs';
import { openTraffic } from './demo/traffic.mjs';
import { endWithNpm } from './npm-parent.mjs';

const serverScript = fileURLToPath(new URL('./demo/server.mjs', import.meta.url));
const LOOK_EVERY_MS = 2_000;
const KILL_PATIENCE_MS = 10_000;
const AFTERMATH_MS = 2_000;

/** What must be undone at the end, last things first. */
const cleanups = [];
let isInterrupted = false;

/** Also what came about meanwhile: whoever interrupts may do so in the middle of a step. */
async function cleanUp() {
  while (cleanups.length > 0) await cleanups.pop()();
}

async function readFlags(path) {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new DemoError(`cannot read the flag file ${path}: ${error.message}`);
  }
}

async function openServer(time) {
  const folder = await mkdtemp(join(tmpdir(), 'ballast-demo-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  // PostgreSQL refuses to run as root; its own user must be able to enter the folder.
  await chmod(folder, 0o711);
  const [token, key] = [randomBytes(24).toString('hex'), randomBytes(24).toString('hex')];
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = {
    HOST: '127.0.0.1',
    PORT: String(port),
    PUBLIC_URL: url,
    DATABASE_URL: '',
    BALLAST_DATA_DIR: join(folder, 'data'),
    BALLAST_ADMIN_TOKEN: token,
    BALLAST_SERVER_KEY: key,
    BALLAST_LOG_LEVEL: 'warn',
    // The receiver of alerts is on this machine.
    BALLAST_ALLOW_INTERNAL_WEBHOOKS: 'true',
    ...time,
  };
  const server = start('the server', { args: [serverScript], env });
  cleanups.push(() => stop(server));
  await untilReady(url, server);
  return { url, key, folder, admin: adminOf(url, token) };
}

async function importFlags(admin, file) {
  const from = performance.now();
  const { items } = await admin.importFlags(file);
  const refused = items.filter(({ outcome }) => outcome === 'refused');
  say(`Imported ${items.length - refused.length} of ${items.length} flags in ${Math.round(performance.now() - from)} ms.`);
  for (const { key, reasons } of refused) say(`   refused ${key}: ${reasons.join('; ')}`);
  return new Set(items.filter(({ outcome }) => outcome !== 'refused').map(({ key }) => key));
}

/** The first code path of the storefront that a boolean flag of the file decides. */
async function pickWatched(admin, flags) {
  for (const { name } of codePaths) {
    const key = flags.get(name);
    if (key === undefined) continue;
    const { type, variants } = await admin.flag(key);
    const named = (value) => Object.keys(variants).find((variant) => variants[variant] === value);
    if (type === 'boolean' && named(true) !== undefined && named(false) !== undefined)
      return { name, key, on: named(true), off: named(false) };
  }
  throw new DemoError(`the file has no boolean flag that the storefront knows: ${codePaths.flatMap((path) => path.flags).join(', ')}`);
}

async function openStores(count, settings) {
  const stores = Array.from({ length: count }, (_, index) => openStore(`storefront ${index + 1}`, settings));
  cleanups.push(() => Promise.all(stores.map(stop)));
  return { stores, ports: await Promise.all(stores.map(({ port }) => port)) };
}

async function watch({ admin, now }, key, seconds) {
  const until = performance.now() + seconds * 1_000;
  while (performance.now() < until) {
    await delay(Math.min(LOOK_EVERY_MS, until - performance.now()));
    say([`   ${new Date(now()).toISOString().slice(11, 19)}`, ...variantLines(await admin.exposures(key))].join('\n'));
  }
}

/** Kills the flag and waits until every storefront has served the safe variant; answers how long the last one took. */
async function killAndMeasure(admin, watched, stores) {
  const killedAt = performance.timeOrigin + performance.now();
  const kill = admin.kill(watched.key, 'the error rate is up').then(() => performance.timeOrigin + performance.now());
  while (stores.some(({ served }) => served.safeAt === undefined)) {
    if (performance.timeOrigin + performance.now() > killedAt + KILL_PATIENCE_MS)
      throw new DemoError('a storefront still serves the failing code path');
    await delay(2);
  }
  const answeredMs = (await kill) - killedAt;
  await delay(AFTERMATH_MS);
  const late = stores.filter(({ served }) => served.lateOn > 0);
  if (late.length > 0) throw new DemoError(`${late[0].name} went back to the failing code path after the kill`);
  return { answeredMs, eachMs: stores.map(({ served }) => Math.max(0, served.safeAt - killedAt)) };
}

/** The counts in the server must be what the storefronts' own access logs say. */
async function checkCounts(admin, key, stores) {
  const { totals } = await admin.exposures(key);
  const counted = stores.reduce((sum, { served }) => sum + served.counted, 0);
  if (totals.exposures !== counted) throw new DemoError(`the server counted ${totals.exposures} evaluations, the storefronts ${counted}`);
  return totals;
}

/** Everything that the story needs, and ends with it. */
async function setTheScene(options) {
  const time = { [EPOCH]: String(Date.now()) };
  const now = timeOf(time, Date.now);
  const file = await readFlags(options.flags);
  say('Starting the server with a database of its own.');
  const { url, key, folder, admin } = await openServer(time);
  const flags = flagsFor(await importFlags(admin, file));
  const watched = await pickWatched(admin, flags);
  const alerting = await openAlerting(admin, watched.key, now);
  cleanups.push(alerting.close);
  say(`Objective of ${watched.key}: 99 % of its uses succeed. A minute of the demo takes ${60 / SPEED} s; times are its own, in UTC.`);
  const { stores, ports } = await openStores(options.stores, { url, key, folder, flags, watched: watched.name, time });
  const endTraffic = openTraffic(ports, { rate: options.rate, watched: watched.name });
  cleanups.push(endTraffic);
  say(`Opened ${stores.length} storefronts, ${options.rate} requests per second each.`);
  return { admin, now, watched, alerting, stores, endTraffic };
}

/** The flag goes on, its code path fails, an alert comes, a kill ends it, and the alert is over. */
async function tellTheStory(scene, { split, seconds }) {
  const { admin, watched, alerting, stores } = scene;
  const percentages = [
    { variant: watched.on, percent: split },
    { variant: watched.off, percent: 100 - split },
  ];
  const brokenAt = performance.timeOrigin + performance.now();
  await admin.configure(watched.key, { on: true, offVariant: watched.off, rules: [], default: { split: { percentages } } });
  say(`\nTurned ${watched.key} on for ${split} % of the customers; its code path, ${watched.name}, is failing:`);
  const firing = alerting.heard('alert.firing');
  await Promise.all([watch(scene, watched.key, seconds), firing]);
  const alertMs = (await firing).at - brokenAt;
  say(`An alert came, with a signature that is right:\n${alertLines(await firing).join('\n')}`);

  const { answeredMs, eachMs } = await killAndMeasure(admin, watched, stores);
  say(`\nKilled ${watched.key}. Served safely again after, per storefront: ${eachMs.map((ms) => `${ms.toFixed(0)} ms`).join(', ')}.`);
  say('The alert is over when two whole minutes in a row find the errors back within their limit:');
  say(alertLines(await alerting.heard('alert.resolved')).join('\n'));
  return { alertMs, answeredMs, killMs: Math.max(...eachMs) };
}

async function demo(options) {
  const from = performance.now();
  const scene = await setTheScene(options);
  const { alertMs, answeredMs, killMs } = await tellTheStory(scene, options);
  const { admin, watched, alerting, stores, endTraffic } = scene;
  await endTraffic();
  await Promise.all(stores.map(stop));
  const totals = await checkCounts(admin, watched.key, stores);

  say(`\nHealth of ${watched.key}, up to the last whole minute:`);
  say(healthLines(await admin.health(watched.key)).join('\n'));
  say('\nSummary:');
  say(`   ${totals.exposures} evaluations counted, exactly as many as the storefronts' own logs say`);
  say(
    `   kill to the last storefront serving the safe variant: ${killMs.toFixed(0)} ms (the API answered after ${answeredMs.toFixed(0)} ms)`,
  );
  say(
    `   first failure to the page: ${minutes(alertMs)} of the demo's time; ${alerting.received.alerts.length} messages received, every signature verified`,
  );
  say(`   ${((performance.now() - from) / 1_000).toFixed(1)} s in all`);
}

function minutes(ms) {
  return `${((ms * SPEED) / 60_000).toFixed(1)} minutes`;
}

/** Somebody has seen enough: what fails from now on fails because everything ends. */
async function interrupt(signal) {
  if (isInterrupted) return;
  isInterrupted = true;
  say('\nInterrupted; cleaning up.');
  await cleanUp().finally(() => process.exit(128 + constants.signals[signal]));
}

async function main() {
  endWithNpm();
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => void interrupt(signal));
  }
  try {
    await demo(readOptions(process.argv.slice(2)));
  } catch (error) {
    if (isInterrupted) return;
    process.exitCode = 1;
    const isExpected = error instanceof DemoError || String(error?.code).startsWith('ERR_PARSE_ARGS');
    process.stderr.write(`The demo failed: ${isExpected ? error.message : error.stack}\n`);
  }
  await cleanUp();
}

await main();
