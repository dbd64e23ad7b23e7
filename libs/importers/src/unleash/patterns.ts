import { compilePattern } from '@ballast/evaluation';
import { RE2JS } from 're2js';
import { type Pattern, PatternReader } from './pattern-reader.js';

function isRe2(pattern: string): boolean {
  try {
    RE2JS.compile(pattern);
    return true;
  } catch {
    return false;
  }
}

/** Translates a pattern of RE2, which Unleash uses; null for one that RE2 refuses, with which a constraint never holds. */
export function toPattern(pattern: string, isCaseIgnored: boolean): Pattern | null {
  if (!isRe2(pattern)) return null;
  const read = new PatternReader(pattern, isCaseIgnored).read();
  return 'reason' in read || compilePattern(read.source, read.ignoreCase) !== null ? read : { reason: 'is no pattern here' };
}
