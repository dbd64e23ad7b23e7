import { once } from 'node:events';
import { createClient, requestScope } from '@ballast/sdk';
import express from 'express';

const { BALLAST_URL = 'http://127.0.0.1:4400', BALLAST_SERVER_KEY = '', PORT = '8081' } = process.env;

const flags = createClient({ url: BALLAST_URL, key: BALLAST_SERVER_KEY });
const app = express();

// From here on the outcome of each request, and how long it took, is counted for every flag that it evaluates.
app.use(requestScope());

app.get('/greeting/:user', (request, response) => {
  const context = { targetingKey: request.params.user };
  const greeting = flags.value('warm-greeting', false, context) ? 'How good to see you' : 'Hello';
  response.json({ greeting: `${greeting}, ${request.params.user}` });
});

app.get('/price/:user', async (request, response) => {
  const context = { targetingKey: request.params.user };
  // Fails for some users, so that there is something to see: their requests count as failures of the flag.
  const price = flags.value('new-pricing', false, context) ? await newPrice(request.params.user) : 100;
  response.json({ price });
});

async function newPrice(user) {
  if (user.startsWith('unlucky')) throw new Error('the new prices do not know this user');
  return 90;
}

app.use((error, _request, response, _next) => response.status(500).json({ error: error.message }));

await flags.ready({ timeoutMs: 2_000 });
const server = app.listen(Number(PORT), '127.0.0.1');
await once(server, 'listening');
process.stdout.write(`http://127.0.0.1:${server.address().port} flags: ${flags.status}\n`);

process.once('SIGTERM', async () => {
  server.close();
  server.closeAllConnections();
  await flags.close();
});
