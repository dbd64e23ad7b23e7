import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createClient } from '@ballast/sdk';
import { build } from 'esbuild';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';

const { BALLAST_URL = 'http://127.0.0.1:4400', BALLAST_CLIENT_KEY = '', PORT = '8082' } = process.env;

/** The same page twice: as a module for this server, and as a script for browsers. */
const dist = join(import.meta.dirname, '../dist');
const shared = { absWorkingDir: import.meta.dirname, bundle: true, format: 'esm', jsx: 'automatic' };
await build({ ...shared, entryPoints: ['app.jsx'], platform: 'node', packages: 'external', outfile: join(dist, 'app.js') });
const { outputFiles } = await build({ ...shared, entryPoints: ['client.jsx'], minify: true, write: false });
const { App } = await import(pathToFileURL(join(dist, 'app.js')));

// The key is a client key: it may be public, and sees only client-visible flags.
const server = { url: BALLAST_URL, key: BALLAST_CLIENT_KEY };
const client = createClient(server);

/** What the page is rendered with, here and in the browser; without it both use what they have. */
async function snapshot() {
  const answer = await fetch(`${server.url}/sdk/v1/snapshot`, { headers: { authorization: `Bearer ${server.key}` } }).catch(() => null);
  return answer?.ok ? answer.json() : undefined;
}

async function page(user) {
  const bootstrap = await snapshot();
  const html = renderToString(createElement(App, { client, bootstrap, user }));
  const boot = JSON.stringify({ ...server, bootstrap, user }).replaceAll('<', '\\u003c');
  return `<!doctype html><html lang="en"><title>Shop</title><main id="app">${html}</main>
<script type="application/json" id="boot">${boot}</script><script type="module" src="/client.js"></script></html>`;
}

const http = createServer(async ({ url }, response) => {
  const { pathname, searchParams } = new URL(url, 'http://shop');
  if (pathname === '/client.js') response.writeHead(200, { 'content-type': 'text/javascript' }).end(outputFiles[0].text);
  else if (pathname !== '/') response.writeHead(404).end();
  else response.writeHead(200, { 'content-type': 'text/html' }).end(await page(searchParams.get('user') ?? 'guest'));
});

http.listen(Number(PORT), '127.0.0.1');
await once(http, 'listening');
process.stdout.write(`http://127.0.0.1:${http.address().port}\n`);

process.once('SIGTERM', async () => {
  http.close();
  http.closeAllConnections();
  await client.close();
});
