import { isMembers, type Members, own, quote, refuseFlag } from '../findings.js';
import { type Scope } from './scope.js';

const MAX_DEPTH = 48;
const MAX_NODES = 50_000;

/** Whether a value of a file nests deeper than anything here is willing to follow. */
export function isTooDeep(value: unknown, depth = MAX_DEPTH): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((part) => isTooDeep(part, depth - 1));
}

/** Puts the shared evaluators in the place of every `$ref`; what refers to itself or grows without end is refused. */
export function expand(targeting: unknown, evaluators: Members, scope: Scope): unknown {
  let nodes = 0;
  const visit = (value: unknown, depth: number): unknown => {
    nodes += 1;
    if (depth > MAX_DEPTH || nodes > MAX_NODES) return refuseFlag(scope, 'has targeting that is too large, too deep, or refers to itself');
    if (Array.isArray(value)) return value.map((part) => visit(part, depth + 1));
    if (!isMembers(value)) return value;
    if (!Object.hasOwn(value, '$ref'))
      return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, visit(part, depth + 1)]));
    const { $ref: name } = value;
    if (typeof name === 'string' && Object.keys(value).length === 1 && Object.hasOwn(evaluators, name))
      return visit(own(evaluators, name), depth + 1);
    return refuseFlag(scope, `refers to the evaluator ${quote(name)}, which the file does not have`);
  };
  return visit(targeting, 0);
}
