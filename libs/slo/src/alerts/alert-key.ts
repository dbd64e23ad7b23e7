import type { AlertIdentity } from './alert.js';

const OFFSET = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;
const MASK = 0xffff_ffff_ffff_ffffn;

/** The key by which receivers know an alert again: 16 hexadecimal digits, the same on every server (64-bit FNV-1a). */
export function alertKey({ project, environment, objective, severity }: AlertIdentity): string {
  let hash = OFFSET;
  const add = (byte: number) => {
    hash = ((hash ^ BigInt(byte)) * PRIME) & MASK;
  };
  // As JSON, so that no two lists of names make the same text.
  for (const unit of JSON.stringify([project, environment, objective, severity])) {
    const code = unit.codePointAt(0) ?? 0;
    add(code & 0xff);
    add((code >> 8) & 0xff);
    add(code >> 16);
  }
  return hash.toString(16).padStart(16, '0');
}
