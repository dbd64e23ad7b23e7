import { describe, expect, it } from 'vitest';
import { flagdFractionalV2, unleashMurmur3 } from './index.js';
import { murmur3OfUnits } from './units.js';

describe('unleash-murmur3', () => {
  it.each([
    ['gr1', '123', 73, 96],
    ['gr1', '999', 37, 57],
  ])('puts %s:%s at %i of the rollout and at %i of 100 among variants', (salt, key, rollout, variant) => {
    const place = unleashMurmur3.place(salt);
    expect((place.share(key) + 1) / 1000).toBe(rollout);
    expect(place.choice(key, 100) + 1).toBe(variant);
  });

  it('puts groupX:25 at 59 of the rollout', () => {
    expect(unleashMurmur3.place('groupX').share('25')).toBe(58_999);
  });

  it('is in a rollout exactly if the position is at most the percentage, and no fraction of a percent counts', () => {
    const isIn = (percent: number): boolean => unleashMurmur3.place('gr1').share('123') < percent * 1000;
    expect([72, 72.999, 73, 73.5].map(isIn)).toEqual([false, false, true, true]);
  });

  it('takes the low byte of each UTF-16 unit', () => {
    const place = unleashMurmur3.place('g');
    expect(place.share('\u0141')).toBe(place.share('A'));
    expect(place.choice('\u{1f642}', 1000)).toBe(place.choice('\u003d\u0042', 1000));
  });
});

describe('flagd-fractional-v2', () => {
  it.each([
    ['new-ui', 'alice', 3873209343, 90],
    ['new-ui', 'bob', 2270191687, 52],
    ['flag', 'user1', 3057072247, 71],
  ])('hashes %s%s to %i, place %i of 100', (salt, key, hash, place) => {
    expect(murmur3OfUnits(salt + key, 0, 0xffff)).toBe(hash);
    expect(flagdFractionalV2.place(salt).choice(key, 100)).toBe(place);
  });

  it('does not confuse a text with its low bytes', () => {
    const place = flagdFractionalV2.place('flag');
    expect(place.choice('\u0141', 2 ** 21)).not.toBe(place.choice('A', 2 ** 21));
  });

  it('has a share that says nothing of the weights', () => {
    const place = flagdFractionalV2.place('flag');
    const keys = Array.from({ length: 20_000 }, (_, i) => `user-${i}`).filter((key) => place.share(key) < 50_000);
    const first = keys.filter((key) => place.choice(key, 2) === 0).length;
    expect(keys.length / 20_000).toBeCloseTo(0.5, 1);
    expect(first / keys.length).toBeCloseTo(0.5, 1);
  });
});
