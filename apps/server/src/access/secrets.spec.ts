import { bearerOf } from '@ballast/streaming';
import { expect, it } from 'vitest';
import { hashOf, newSecret, prefixOf } from './secrets.js';

it('marks each kind of secret and never repeats one', () => {
  const secrets = (['server', 'client', 'relay', 'token'] as const).map(newSecret);
  expect(secrets.map((secret) => secret.slice(0, 9))).toEqual(['blst_srv_', 'blst_cli_', 'blst_rly_', 'blst_api_']);
  expect(secrets.map((secret) => Buffer.from(secret.slice(9), 'base64url').length)).toEqual([32, 32, 32, 32]);
  expect(newSecret('server')).not.toBe(newSecret('server'));
});

it('shows no more of a secret than it can afford', () => {
  expect(prefixOf(newSecret('client'))).toMatch(/^blst_cli_.{4}$/);
  expect(prefixOf('a-fixed-secret-16')).toBe('a-fi');
  expect(prefixOf('blst_cli_short-fixed')).toBe('blst');
});

it('hashes with SHA-256', () => {
  expect(Buffer.from(hashOf('abc')).toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

it.each([
  ['Bearer blst_api_x', 'blst_api_x'],
  ['bearer   blst_api_x', 'blst_api_x'],
  ['Basic blst_api_x', null],
  ['Bearer ', null],
  ['Bearer two words', null],
  ['Bearer клю', null],
  [undefined, null],
])('finds in %j the secret %j', (header, secret) => {
  expect(bearerOf(header)).toBe(secret);
});
