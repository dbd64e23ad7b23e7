import { expect, it } from 'vitest';
import { aDelta, aFlag, aSegment, aSnapshot, aState, changed } from '../test/makers.js';
import { affectedFlags, type Change, differences } from './index.js';

const ruled = aFlag('ruled', { rules: [{ id: 'r', when: { segment: 'staff' }, serve: { variant: 'off' } }] });
const needy = aFlag('needy', { prerequisites: [{ flag: 'plain', variants: ['on'] }] });
const snapshot = aSnapshot({ flags: [aFlag('plain'), ruled, needy], segments: [aSegment('staff')] });

it('names a changed flag and the flags with prerequisites', () => {
  expect(affectedFlags(aState(snapshot), ['flag:plain'])).toEqual(['plain', 'needy']);
});

it('names every flag with rules when a segment changed', () => {
  expect(affectedFlags(aState(snapshot), ['segment:staff'])).toEqual(['ruled', 'needy']);
});

it('names a flag that is gone', () => {
  expect(affectedFlags(aState(snapshot), ['flag:gone'])).toContain('gone');
});

it('finds the entries in which two states differ', () => {
  const changes: Change[] = [
    { kind: 'flag', key: 'plain', value: aFlag('plain', { version: 2 }) },
    { kind: 'flag', key: 'new', value: aFlag('new') },
    { kind: 'segment', key: 'staff', value: null },
  ];
  expect(aDelta(snapshot, changes).changes).toHaveLength(3);
  expect(differences(aState(snapshot), aState(changed(snapshot, changes)))).toEqual(['flag:plain', 'segment:staff', 'flag:new']);
});
