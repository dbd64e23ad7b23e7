import { expect, it } from 'vitest';
import { instanceOf } from './instance.js';

it('reads the name of an instance and that of its SDK', () => {
  expect(instanceOf('6f1c0f0e-8f3e ballast-node/1.0.0')).toEqual({ instance: '6f1c0f0e-8f3e', sdk: 'ballast-node/1.0.0' });
  expect(instanceOf('i my sdk/1')).toEqual({ instance: 'i', sdk: 'my sdk/1' });
});

it.each([undefined, '', 'alone', ' sdk', `${'x'.repeat(65)} sdk`, `i ${'x'.repeat(65)}`, 'i sd\u0000k'])(
  'reads no name from %j',
  (header) => {
    expect(instanceOf(header)).toBeUndefined();
  },
);
