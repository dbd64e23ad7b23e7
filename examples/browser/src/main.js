import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

const { BALLAST_URL = 'http://127.0.0.1:4400', BALLAST_CLIENT_KEY = '', PORT = '8083' } = process.env;

const page = new URL('../page/', import.meta.url);
const sdk = new URL('browser.js', import.meta.resolve('@ballast/sdk'));
const insights = new URL('browser-insights.js', sdk);

/** Everything this server has: path to type and content. */
const files = {
  '/': ['text/html', await readFile(new URL('index.html', page))],
  '/shop.js': ['text/javascript', await readFile(new URL('shop.js', page))],
  '/insights': ['text/html', await readFile(new URL('insights.html', page))],
  '/insights.js': ['text/javascript', await readFile(new URL('insights.js', page))],
  '/ballast-sdk-insights.js': ['text/javascript', await readFile(insights)],
  '/ballast-sdk.js': ['text/javascript', await readFile(sdk)],
  '/settings.json': ['application/json', JSON.stringify({ url: BALLAST_URL, key: BALLAST_CLIENT_KEY })],
};

const http = createServer(({ url }, response) => {
  const [type, content] = files[url] ?? ['text/plain', undefined];
  response.writeHead(content === undefined ? 404 : 200, { 'content-type': type }).end(content);
});

http.listen(Number(PORT), '127.0.0.1');
await once(http, 'listening');
process.stdout.write(`http://127.0.0.1:${http.address().port}\n`);

process.once('SIGTERM', () => {
  http.close();
  http.closeAllConnections();
});
