import { isMembers, own, quote, refuseFlag } from '../findings.js';
import { type Scope } from './scope.js';

export type Literal = string | number | boolean | null;

/** One side of a comparison: a constant of the file, or an attribute of the context by our name for it. */
export type Operand = { readonly literal: Literal } | { readonly attribute: string };

const FLAG_KEY = '$flagd.flagKey';

/** Whether a value of the file is a constant. */
export function isLiteral(value: unknown): value is Literal {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** Our name of a JSONLogic path: a dotted path is a JSON pointer here. */
function attributeName(path: string): string {
  if (!path.includes('.') && !path.startsWith('/')) return path;
  const steps = path.split('.').map((step) => step.replaceAll('~', '~0').replaceAll('/', '~1'));
  return `/${steps.join('/')}`;
}

function toVariable(content: unknown, scope: Scope): Operand | null {
  const [path, fallback = null, ...more] = Array.isArray(content) ? content : [content];
  const name = typeof path === 'number' ? String(path) : path;
  if (name === FLAG_KEY) return { literal: scope.flagKey };
  if (typeof name !== 'string' || name === '' || name.includes('\\') || more.length > 0) {
    refuseFlag(scope, `reads ${quote({ var: content })}, which names no single attribute`);
    return null;
  }
  if (name.startsWith('$flagd.')) {
    refuseFlag(scope, `reads ${name}: evaluation here knows no clock`);
    return null;
  }
  if (fallback !== null) {
    refuseFlag(scope, `gives the attribute ${name} a default of its own`);
    return null;
  }
  return { attribute: attributeName(name) };
}

/** Reads one side of a comparison; null when it is computed. A bad variable is refused on the spot. */
export function toOperand(value: unknown, scope: Scope): Operand | null {
  if (isLiteral(value)) return { literal: value };
  if (isMembers(value) && Object.keys(value).length === 1 && Object.hasOwn(value, 'var')) return toVariable(own(value, 'var'), scope);
  return null;
}
