// A program that knows OpenFeature and nothing of Ballast but its provider.
import { BallastProvider } from '@ballast/sdk/openfeature/server';
import { OpenFeature, ProviderEvents } from '@openfeature/server-sdk';

const url = process.env.BALLAST_URL ?? 'http://localhost:4400';
const key = process.env.BALLAST_SERVER_KEY ?? '';
const say = (text) => process.stdout.write(`${text}\n`);

const client = OpenFeature.getClient();
client.addHandler(ProviderEvents.Stale, () => say('the server is away; the last known good is served'));
client.addHandler(ProviderEvents.ConfigurationChanged, ({ flagsChanged = [] }) => say(`changed: ${flagsChanged.join(', ')}`));

try {
  await OpenFeature.setProviderAndWait(new BallastProvider({ url, key, logger: null }));
} catch (error) {
  // Evaluations answer their defaults; if it was only the server that was away, the provider becomes ready when it is back.
  say(`not ready (${error.code}): ${error.message}`);
}

for (const user of ['ada@example.com', 'bob@elsewhere.example']) {
  const context = { targetingKey: user, email: user };
  const { value, variant, reason, flagMetadata } = await client.getBooleanDetails('new-checkout', false, context);
  const from = flagMetadata.flagSetId === undefined ? 'the code' : `${flagMetadata.flagSetId} version ${flagMetadata.version}`;
  say(`${user}: ${value} (${variant ?? 'no variant'}, ${reason}) from ${from}`);
}

await OpenFeature.close();
