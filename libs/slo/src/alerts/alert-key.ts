import type { AlertIdentity } from './alert.js';

const OFFSET = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;
const MASK = 0xffff_ffff_ffff_ffffn;

/** The key by which receivers know an alert again: 16 hexadecimal digits, the same on every server (64-bit FNV-1a). */
export function alertKey(identity: AlertIdentity): string {
  let hash = OFFSET;
  const add = (byte: number) => {
    hash = ((hash ^ BigInt(byte)) * PRIME) & MASK;
  };
  // As JSON, so that no two lists of names make the same text.
  for (const unit of JSON.stringify(namesOf(identity))) {
    const code = unit.codePointAt(0) ?? 0;
    add(code & 0xff);
    add((code >> 8) & 0xff);
    add(code >> 16);
  }
  return hash.toString(16).padStart(16, '0');
}

/** Burning is what alerts were first about: it adds nothing, so that receivers know those alerts again. */
function namesOf({ project, environment, objective, severity, kind = 'burn', step }: AlertIdentity): readonly string[] {
  const own = [project, environment, objective, severity];
  if (kind === 'burn') return own;
  return step === undefined ? [...own, kind] : [...own, kind, step];
}
