import { runInNewContext } from 'node:vm';
import { LIMITS, pointer, type RequestProblem } from '@ballast/api';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { patternProblem } from '../segments/index.js';
import type { Variants } from './flag.types.js';

/** Compiling a schema and checking every variant together may take this long. */
const MAX_MS = 500;

/** Formats are annotations, remote schemas are never fetched, and a keyword nobody knows is a mistake worth hearing of. */
const options = {
  strictSchema: true,
  strictTypes: false,
  strictTuples: false,
  strictRequired: false,
  validateFormats: false,
  addUsedSchema: false,
  logger: false,
} as const;

interface Place {
  readonly schema: unknown;
  readonly path: readonly string[];
}

function patternsAt({ schema, path }: Place): RequestProblem[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([name, member]) => {
    if (name === 'pattern' && typeof member === 'string') return problemOf(member, [...path, name]);
    if (name !== 'patternProperties' || typeof member !== 'object' || member === null) return [];
    return Object.keys(member).flatMap((pattern) => problemOf(pattern, [...path, name, pattern]));
  });
}

function problemOf(pattern: string, path: readonly string[]): RequestProblem[] {
  const problem = patternProblem(pattern, false);
  return problem === null ? [] : [{ path: pointer(path), message: problem }];
}

/** The first patterns of a schema that could run for ever; a few are enough, since each one takes a while to judge. */
function patternProblems(schema: unknown): RequestProblem[] {
  const problems: RequestProblem[] = [];
  let patterns = 0;
  const open: Place[] = [{ schema, path: ['schema'] }];
  for (let place = open.pop(); place !== undefined && problems.length < 3; place = open.pop()) {
    if (typeof place.schema !== 'object' || place.schema === null) continue;
    const here = place;
    patterns += Object.keys(place.schema).filter((name) => name === 'pattern' || here.path.at(-1) === 'patternProperties').length;
    if (patterns > LIMITS.patternsPerFlag.max)
      return [{ path: '/schema', message: `has more than ${LIMITS.patternsPerFlag.max} patterns (patternsPerFlag)` }];
    problems.push(...patternsAt(place));
    open.push(...Object.entries(place.schema).map(([name, member]) => ({ schema: member, path: [...here.path, name] })));
  }
  return problems;
}

type Validate = (value: unknown) => string | null;

function compile(schema: boolean | object): Validate {
  const draft: unknown = typeof schema === 'object' && '$schema' in schema ? schema.$schema : undefined;
  const isDraft07 = typeof draft === 'string' && draft.includes('draft-07');
  const ajv = isDraft07 ? new Ajv(options) : new Ajv2020(options);
  const validate = ajv.compile(schema);
  return (value) => (validate(value) ? null : ajv.errorsText(validate.errors, { dataVar: 'value' }));
}

/** Runs the work with a bound on its time: a schema can be small and take for ever. */
function bounded<Result>(work: () => Result): Result {
  const box: { result?: Result } = {};
  runInNewContext('work()', { work: () => Object.assign(box, { result: work() }) }, { timeout: MAX_MS });
  if (!('result' in box) || box.result === undefined) throw new Error('the work ended without a result');
  return box.result;
}

function variantProblems(schema: boolean | object, variants: Variants): RequestProblem[] {
  const validate = compile(schema);
  return Object.entries(variants).flatMap(([name, value]) => {
    const problem = validate(value);
    return problem === null ? [] : [{ path: pointer(['variants', name]), message: `breaks the schema: ${problem}` }];
  });
}

/** What is wrong with a JSON Schema, or with the variants that must satisfy it. */
export function schemaProblems(schema: unknown, variants: Variants): readonly RequestProblem[] {
  if (typeof schema !== 'boolean' && (typeof schema !== 'object' || schema === null))
    return [{ path: '/schema', message: 'must be an object or a boolean' }];
  if (Buffer.byteLength(JSON.stringify(schema)) > LIMITS.schemaBytes.max)
    return [{ path: '/schema', message: `is bigger than ${LIMITS.schemaBytes.max} bytes (schemaBytes)` }];
  const patterns = patternProblems(schema);
  if (patterns.length > 0) return patterns;
  try {
    return bounded(() => variantProblems(schema, variants));
  } catch (error) {
    return [
      { path: '/schema', message: `is no JSON Schema that can be checked here: ${error instanceof Error ? error.message : 'it fails'}` },
    ];
  }
}
