import { expect, it } from 'vitest';
import { Clock } from '../clock.js';
import { Doorkeeper } from './doorkeeper.js';

class Standing extends Clock {
  at = 1_000;

  now(): number {
    return this.at;
  }
}

/** A door whose only valid secret is `right`. */
function aDoor() {
  const clock = new Standing();
  const keeper = new Doorkeeper(clock);
  const lookedUp: string[] = [];
  const credentials = {
    isHeld: () => false,
    authenticate: async (secret: string) => {
      lookedUp.push(secret);
      return secret === 'right' ? 'somebody' : null;
    },
  };
  const knock = (secret: string | null, address = '192.0.2.1') =>
    keeper.admit({ secret, address }, credentials).catch((error: { code: string; facts: { retryAfter?: number } }) => error);
  return { clock, keeper, knock, lookedUp };
}

it('lets a valid secret in and names what is wrong with others', async () => {
  const { knock } = aDoor();
  expect(await knock('right')).toBe('somebody');
  expect(await knock(null)).toMatchObject({ code: 'auth.missing' });
  expect(await knock('wrong')).toMatchObject({ code: 'auth.invalid' });
});

it('counts attempts that are made at the same time', async () => {
  const { knock } = aDoor();
  const answers = await Promise.all(Array.from({ length: 50 }, () => knock('wrong')));
  expect(answers.filter((answer) => Object(answer).code === 'auth.invalid')).toHaveLength(20);
  expect(answers.filter((answer) => Object(answer).code === 'auth.throttled')).toHaveLength(30);
});

it('opens again with time, and only for as many attempts as have come back', async () => {
  const { clock, knock } = aDoor();
  for (let turn = 0; turn < 20; turn += 1) await knock('wrong');
  expect(await knock('wrong')).toMatchObject({ code: 'auth.throttled', facts: { retryAfter: 3 } });
  clock.at += 3_000;
  expect(await knock('wrong')).toMatchObject({ code: 'auth.invalid' });
  expect(await knock('wrong')).toMatchObject({ code: 'auth.throttled' });
});

it('never counts a success', async () => {
  const { knock } = aDoor();
  for (let turn = 0; turn < 100; turn += 1) expect(await knock('right')).toBe('somebody');
});

it('judges each address by itself', async () => {
  const { knock } = aDoor();
  for (let turn = 0; turn < 30; turn += 1) await knock('wrong', '192.0.2.1');
  expect(await knock('wrong', '192.0.2.2')).toMatchObject({ code: 'auth.invalid' });
});

it('does not throttle a secret that was valid before', async () => {
  const { keeper, knock } = aDoor();
  for (let turn = 0; turn < 30; turn += 1) await knock('wrong');
  const held = { isHeld: () => true, authenticate: async () => 'somebody' };
  expect(await keeper.admit({ secret: 'right', address: '192.0.2.1' }, held)).toBe('somebody');
});

it('lets a valid secret in that nobody used before, however often others failed there', async () => {
  const { knock } = aDoor();
  for (let turn = 0; turn < 25; turn += 1) await knock('wrong');
  for (let turn = 0; turn < 50; turn += 1) expect(await knock('right')).toBe('somebody');
  expect(await knock('wrong')).toMatchObject({ code: 'auth.throttled' });
});

it('looks up only so many secrets for an address that failed too often', async () => {
  const { clock, knock, lookedUp } = aDoor();
  for (let turn = 0; turn < 100; turn += 1) await knock(`guess ${turn}`);
  expect(lookedUp).toHaveLength(30);
  clock.at += 1_000;
  for (let turn = 0; turn < 100; turn += 1) await knock(`another guess ${turn}`);
  expect(lookedUp).toHaveLength(31);
});
