import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { DemoError } from './options.mjs';

const KEPT_LINES = 200;
const PATIENCE_MS = 10_000;
const LAST_WORDS_MS = 500;

/** A port that is free now. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** A program that was started: its lines go to `onLine`, the last of them are kept for when it fails. */
export function start(name, { args, env, onLine = () => undefined }) {
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines = [];
  const keep = (line) => {
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
  };
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', keep);
  createInterface({ input: child.stdout }).on('line', onLine);
  const ended = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
  // What it said last may still be on its way when it is gone.
  const said = Promise.race([once(child, 'close'), ended.then(() => delay(LAST_WORDS_MS))]);
  const failure = ended.then(async ({ code, signal }) => {
    await said;
    throw new DemoError(`${name} ended by itself (${signal ?? code}):\n${lines.join('\n')}`);
  });
  failure.catch(() => undefined);
  return { name, child, ended, failure };
}

/** Ends a program and waits until it is gone; one that does not go by itself is killed. */
export async function stop({ child, ended }) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  await ended;
  clearTimeout(timer);
}
