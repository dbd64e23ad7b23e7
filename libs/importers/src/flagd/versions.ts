import type { Operator } from '@ballast/evaluation';
import { quote, refuseFlag } from '../findings.js';
import { all, any, type Truth } from '../logic.js';
import type { Comparison } from './comparisons.js';
import { toOperand } from './operand.js';

const pattern = /^(\d+)(?:\.(\d+)(?:\.(\d+))?)?((?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-.]+)?)$/;

interface Release {
  readonly text: string;
  readonly major: bigint;
  readonly minor: bigint;
}

/** Reads the constant of `sem_ver`; null when flagd would not read it either. */
function toRelease(text: string): Release | null {
  const plain = text.replace(/^[vV]/, '');
  const match = pattern.exec(plain);
  if (match === null) return null;
  const [, major = '0', minor = '0', patch, suffix = ''] = match;
  if (suffix !== '' && patch === undefined) return null;
  return { text: plain, major: BigInt(major), minor: BigInt(minor) };
}

/** Everything from the lowest pre-release of one version up to the lowest of another. */
function within(attribute: string, from: string, to: string): Truth {
  return all({ attribute, op: 'semver_>=', values: [`${from}-0`] }, { attribute, op: 'semver_<', values: [`${to}-0`] });
}

const plain: ReadonlyMap<string, Operator> = new Map([
  ['=', 'semver_='],
  ['<', 'semver_<'],
  ['<=', 'semver_<='],
  ['>', 'semver_>'],
  ['>=', 'semver_>='],
]);

function compareTo(attribute: string, operator: unknown, { text, major, minor }: Release): Truth | null {
  const op = plain.get(String(operator));
  if (op !== undefined) return { attribute, op, values: [text] };
  if (operator === '!=') return any({ attribute, op: 'semver_<', values: [text] }, { attribute, op: 'semver_>', values: [text] });
  if (operator === '^') return within(attribute, `${major}.0.0`, `${major + 1n}.0.0`);
  return operator === '~' ? within(attribute, `${major}.${minor}.0`, `${major}.${minor + 1n}.0`) : null;
}

/** `sem_ver`: an attribute against one version. */
export const compareVersions: Comparison = (args, scope) => {
  const [left, operator, right] = args;
  const seen = toOperand(left, scope);
  const release = typeof right === 'string' ? toRelease(right) : null;
  const truth = seen !== null && 'attribute' in seen && release !== null ? compareTo(seen.attribute, operator, release) : null;
  if (truth === null || args.length !== 3)
    return refuseFlag(scope, `sem_ver needs an attribute, an operator and a version, not ${quote(args)}`);
  scope.notes.add('Versions are read as SemVer 2.0.0 texts, with an optional v; a number, or a capital V, does not match.');
  return truth;
};
