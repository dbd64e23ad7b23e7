import { evaluate, type FlagSet, prepareFlag, prepareSegment, registerHash } from '@ballast/evaluation';
import { explain } from '@ballast/evaluation/explain';
import { importedHashes } from '@ballast/evaluation/hashes';
import { describe, expect, it } from 'vitest';
import { type CaseSnapshot, evaluationCases, judged } from './cases.js';

const prepared = new Map<CaseSnapshot, FlagSet>();
importedHashes.forEach(registerHash);

function setOf(snapshot: CaseSnapshot): FlagSet {
  const known = prepared.get(snapshot);
  if (known !== undefined) return known;
  const set = {
    flags: new Map(Object.entries(snapshot.flags).map(([key, flag]) => [key, prepareFlag(flag)])),
    segments: new Map(Object.entries(snapshot.segments).map(([key, segment]) => [key, prepareSegment(segment)])),
  };
  prepared.set(snapshot, set);
  return set;
}

const files = evaluationCases();

it('finds the conformance cases', () => {
  expect(files.flatMap(({ cases }) => cases).length).toBeGreaterThanOrEqual(400);
  for (const { file, cases } of files) {
    expect(cases.length, file).toBeGreaterThan(0);
    expect(new Set(cases.map(({ name }) => name)).size, file).toBe(cases.length);
  }
});

describe.each(files)('$file', ({ cases }) => {
  it.each(cases)('$name', ({ snapshot, flag, context, type, expected }) => {
    const set = setOf(snapshot);
    const resolution = evaluate(set, flag, context, type);
    expect(judged(resolution, expected)).toEqual(expected);
    expect(resolution.flag).toBe(flag);
    expect(resolution.version).toBe(set.flags.get(flag)?.source.version ?? 0);
    expect(explain(set, flag, context, type).resolution).toEqual(resolution);
  });
});
