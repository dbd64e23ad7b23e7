import { expect, it } from 'vitest';
import { type Actor, SCOPES, type Scope } from '../changes/index.js';
import { can, notGrantable } from './can.js';

function anActor(...scopes: Scope[]): Actor {
  return { name: 'somebody', scopes };
}

it.each([
  [['read'], ['read']],
  [['write'], ['read', 'write']],
  [['kill'], ['read', 'kill']],
  [['keys'], ['read', 'keys']],
  [['admin'], ['read', 'write', 'kill', 'keys', 'approve', 'override', 'admin']],
  [[], []],
] as const)('with %j may do %j', (scopes, allowed) => {
  expect(SCOPES.filter((scope) => can(anActor(...scopes), scope))).toEqual(allowed);
});

it('hands on nothing that it lacks', () => {
  expect(notGrantable(anActor('keys', 'write'), ['read', 'write', 'kill', 'admin'])).toEqual(['kill', 'admin']);
  expect(notGrantable(anActor('admin'), SCOPES)).toEqual([]);
});
