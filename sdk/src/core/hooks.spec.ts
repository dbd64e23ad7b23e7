import { afterEach, expect, it } from 'vitest';
import { aFlag, aSnapshot } from '../../test-support/a-server.js';
import { type Client, createClient, type Evaluation, type NodeClientOptions } from '../node/index.js';

let client: Client;
let errors: string[];

const start = (options: Partial<NodeClientOptions>) => {
  errors = [];
  const logger = { warn: () => {}, error: (message: string) => void errors.push(message) };
  const bootstrap = aSnapshot([aFlag('new-checkout', 'on', { version: 7, metadata: { team: 'shop' } })]);
  client = createClient({ url: '', key: '', bootstrap, logger, cache: false, ...options });
  return client;
};

afterEach(() => client.close());

it('tells every hook of every evaluation, in order', () => {
  const heard: [string, Evaluation][] = [];
  const hook = (name: string) => ({ afterEvaluation: (evaluation: Evaluation) => void heard.push([name, evaluation]) });
  start({ context: { plan: 'pro' }, hooks: [hook('first'), hook('second')] });
  client.value('new-checkout', false, { targetingKey: 'u1' });
  client.run('new-checkout', { plan: 'free' }, { on: () => 1, off: () => 2 });
  client.details('unknown', 'default');
  const about = { flagSetId: 'default/test', request: undefined };
  const found = { key: 'new-checkout', value: true, variant: 'on', reason: 'STATIC', version: 7, flagMetadata: { team: 'shop' } };
  const missing = {
    key: 'unknown',
    value: 'default',
    reason: 'ERROR',
    version: 0,
    errorCode: 'FLAG_NOT_FOUND',
    errorMessage: expect.any(String),
  };
  const expected = [
    { ...about, context: { plan: 'pro', targetingKey: 'u1' }, details: found },
    { ...about, context: { plan: 'free' }, details: found },
    { ...about, context: { plan: 'pro' }, details: { ...missing, flagMetadata: {} } },
  ];
  expect(heard).toEqual(
    expected.flatMap((evaluation) => [
      ['first', evaluation],
      ['second', evaluation],
    ]),
  );
});

it('goes on when a hook fails, and says so', () => {
  const heard: unknown[] = [];
  const failing = {
    afterEvaluation: () => {
      throw new Error('no');
    },
  };
  start({ hooks: [failing, { afterEvaluation: ({ details }) => void heard.push(details.value) }] });
  expect(client.value('new-checkout', false)).toBe(true);
  expect(heard).toEqual([true]);
  expect(errors).toEqual(['ballast: hook failed: Error: no']);
});

it.each([null, 'hooks', [null], [{}]])('takes %j for hooks without harm', (hooks) => {
  const options = { hooks };
  Reflect.apply(start, null, [options]);
  expect(client.value('new-checkout', false)).toBe(true);
});
