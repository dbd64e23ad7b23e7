import { flagKeys, rules } from '../jobs.mjs';

function half(salt, stage) {
  return { split: { by: 'targetingKey', hash: 'native', salt, ...(stage && { stage }), share: 50_000, weights: [['on', 1]], rest: 'off' } };
}

function rule(id, [attribute, op, values], serve) {
  return { id, when: { attribute, op, values }, serve };
}

/** A flag as the server compiles it. */
export function flagOf(kind, key, stage) {
  const three = [
    rule('country', ['country', 'in', rules.countries], { variant: 'on' }),
    rule('newer', ['version', 'semver_>=', [rules.version]], { variant: 'on' }),
    rule('plan', ['plan', 'in', rules.plans], half(key, stage)),
  ];
  return {
    key,
    version: 1,
    type: 'boolean',
    state: 'on',
    variants: { on: true, off: false },
    offVariant: 'off',
    prerequisites: [],
    rules: kind === 'split' ? [] : three,
    default: kind === 'split' ? half(key, stage) : { variant: 'off' },
    metadata: {},
  };
}

/** A snapshot of such flags, without checksum. */
export function snapshotOf(kind, { keys = flagKeys, stage } = {}) {
  const flags = Object.fromEntries(keys.map((key) => [key, flagOf(kind, key, stage)]));
  return { environment: 'bench', revision: 1, flags, segments: {} };
}

/** The same users for client and engine. */
export function contextOf({ id, ...attributes }) {
  return { targetingKey: id, ...attributes };
}
