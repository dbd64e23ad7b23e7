import { LIMITS } from '@ballast/api';
import { compilePattern } from '@ballast/evaluation';
import { isSafePattern } from 'redos-detector';

/** Steps after which the analysis gives a pattern up; the bound that decides, since it does not depend on the machine. */
const MAX_STEPS = 1_000;

/** Milliseconds after which it gives up all the same. */
const MAX_MS = 250;

/** Ways through a pattern that one text may have: each multiplies the time of a failing match. */
const MAX_WAYS = 10;

/** Higher counts blow up what the engine compiles. */
const MAX_REPEATS = 250;

interface Construct {
  readonly start: RegExp;
  readonly problem: string;
}

const refused: readonly Construct[] = [
  { start: /^\(\?<?[=!]/, problem: 'look-around is not allowed' },
  { start: /^\\(?:[1-9]|k)/, problem: 'back-references are not allowed' },
  { start: /^\(\?</, problem: 'named groups are not allowed; a plain group does the same here' },
  { start: /^\(\?[^:]/, problem: 'group modifiers are not allowed' },
];

/** One step through a pattern: an escape, a whole character class, a count, or one character. */
const STEP = /\\.|\[(?:\\.|[^\]\\])*\]|\{(\d+)(?:,(\d*))?\}|./gsu;

function constructProblem(pattern: string): string | null {
  for (const { index, 1: least = '0', 2: most = '0' } of pattern.matchAll(STEP)) {
    const construct = refused.find(({ start }) => start.test(pattern.slice(index)));
    if (construct !== undefined) return construct.problem;
    if (Number(least) > MAX_REPEATS || Number(most) > MAX_REPEATS) return `repeats more than ${MAX_REPEATS} times`;
  }
  return null;
}

/** An engine may accept a pattern and then refuse to run it. */
function canRun(pattern: RegExp): boolean {
  try {
    pattern.test('');
    return true;
  } catch {
    return false;
  }
}

/** Whether one attempt to match, from one place, stays short; the engine's bound on the text's length bounds the places. */
function isShort(pattern: string, mode: { readonly unicode: boolean; readonly caseInsensitive: boolean }): boolean {
  const bounds = { maxScore: MAX_WAYS, maxSteps: MAX_STEPS, timeout: MAX_MS };
  return isSafePattern(`^(?:${pattern})`, { ...bounds, ...mode, downgradePattern: false }).safe;
}

function analysisProblem(pattern: string, ignoreCase: boolean): string | null {
  if (ignoreCase && /\\(?:p|P|u\{)/.test(pattern)) return 'uses \\p or \\u{…}, which cannot be analysed together with ignoreCase';
  try {
    // The analysis knows Unicode or case, not both: each finds what the other cannot see.
    const short =
      isShort(pattern, { unicode: true, caseInsensitive: false }) &&
      (!ignoreCase || isShort(pattern, { unicode: false, caseInsensitive: true }));
    return short ? null : 'could run for ever on some text: two of its parts can match the same characters';
  } catch {
    return 'is not understood by the analysis of patterns';
  }
}

function findProblem(pattern: string, ignoreCase: boolean): string | null {
  if (pattern.length > LIMITS.patternLength.max) return `is longer than ${LIMITS.patternLength.max} characters (patternLength)`;
  const compiled = compilePattern(pattern, ignoreCase);
  if (compiled === null) return 'is not a regular expression';
  const construct = constructProblem(pattern);
  if (construct !== null) return construct;
  // Only what the analysis found short is run: the first run compiles, which for some patterns takes for ever by itself.
  return analysisProblem(pattern, ignoreCase) ?? (canRun(compiled) ? null : 'is too big to run');
}

/** Verdicts of patterns seen before, so that saving a configuration again does not analyse it again. */
const verdicts = new Map<string, string | null>();
const MAX_VERDICTS = 1_000;

/** What is wrong with a `matches` pattern; null when it is safe to run on any text the engine accepts. */
export function patternProblem(pattern: string, ignoreCase: boolean): string | null {
  const id = `${ignoreCase ? 'i' : 's'}${pattern}`;
  const known = verdicts.get(id);
  if (known !== undefined) return known;
  const problem = findProblem(pattern, ignoreCase);
  if (verdicts.size >= MAX_VERDICTS) verdicts.clear();
  verdicts.set(id, problem);
  return problem;
}
