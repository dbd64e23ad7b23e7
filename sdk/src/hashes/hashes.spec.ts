import { afterEach, expect, it } from 'vitest';
import { createClient, registerHash } from '../browser/index.js';
import type { Client } from '../core/api.js';
import { createClient as createNodeClient } from '../node/index.js';
import { flagdFractionalV2, unleashMurmur3 } from './index.js';

const base = { version: 1, type: 'boolean', state: 'on', variants: { on: true, off: false }, offVariant: 'off' } as const;
const rest = { prerequisites: [], rules: [], metadata: {} };
const split = { by: 'targetingKey', share: 73_000, weights: [['on', 1]], rest: 'off' } as const;
const bootstrap = {
  environment: 'default/production',
  revision: 1,
  flags: {
    rollout: { key: 'rollout', ...base, ...rest, default: { split: { ...split, hash: 'unleash-murmur3', salt: 'gr1' } } },
    fractions: {
      key: 'fractions',
      ...base,
      ...rest,
      default: { split: { ...split, share: 100_000, hash: 'flagd-fractional-v2', salt: 's' } },
    },
  },
  segments: {},
} as const;
const options = { url: '', key: '', logger: null, bootstrap, cache: false };

let client: Client;

afterEach(() => client.close());

const answers = () => ['rollout', 'fractions'].map((key) => client.details(key, false, { targetingKey: '123' }).variant);

it('is not in a browser until it is asked for, and a flag that needs it fails closed', () => {
  client = createClient(options);
  expect(answers()).toEqual([undefined, undefined]);
  expect(client.details('rollout', false, { targetingKey: '123' })).toMatchObject({ value: false, errorCode: 'GENERAL' });
});

it('serves clients that are started after it was asked for', () => {
  registerHash(unleashMurmur3);
  client = createClient(options);
  expect(answers()).toEqual(['on', undefined]);
  registerHash(flagdFractionalV2);
  client = createClient(options);
  expect(answers()).toEqual(['on', 'on']);
});

it('is always in Node', () => {
  client = createNodeClient({ url: '', key: '', logger: null, bootstrap });
  expect(answers()).toEqual(['on', 'on']);
});
