import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Flag, FlagType, Resolution, Segment } from '@ballast/evaluation';

/** The flags and segments a case is evaluated in, as they travel on the wire. */
export interface CaseSnapshot {
  readonly environment: string;
  readonly revision: number;
  readonly flags: { readonly [key: string]: Flag };
  readonly segments: { readonly [key: string]: Segment };
}

/** What a resolution must be; members that are absent must be absent there too, `metadata` only counts when given. */
export type Expected = Partial<Pick<Resolution, 'variant' | 'value' | 'errorCode' | 'stage' | 'metadata'>> & Pick<Resolution, 'reason'>;

/** One question to an engine and its answer. */
export interface EvaluationCase {
  readonly name: string;
  readonly snapshot: CaseSnapshot;
  readonly flag: string;
  /** The type the caller wants, when it wants one. */
  readonly type?: FlagType;
  readonly context: Readonly<Record<string, unknown>>;
  readonly expected: Expected;
}

/** The cases of one file, which hold one section of `docs/evaluation.md`. */
export interface CaseFile {
  /** The file's name without its extension. */
  readonly file: string;
  readonly section: string;
  readonly cases: readonly EvaluationCase[];
}

interface RawCaseFile {
  readonly section: string;
  readonly snapshots: { readonly [name: string]: CaseSnapshot };
  readonly cases: readonly (Omit<EvaluationCase, 'snapshot'> & { readonly snapshot: string | CaseSnapshot })[];
}

const folder = join(import.meta.dirname, 'evaluation');

function readCaseFile(path: string): CaseFile {
  const raw: RawCaseFile = JSON.parse(readFileSync(path, 'utf8'));
  const cases = raw.cases.map((one) => {
    const snapshot = typeof one.snapshot === 'string' ? raw.snapshots[one.snapshot] : one.snapshot;
    if (snapshot === undefined) throw new Error(`${path}: "${one.name}" names a snapshot that is not there`);
    return { ...one, snapshot };
  });
  return { file: basename(path, '.json'), section: raw.section, cases };
}

/** Reads every conformance case of evaluation, file by file. */
export function evaluationCases(): CaseFile[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return names.sort().map((name) => readCaseFile(join(folder, name)));
}

/** The part of a resolution that a case speaks about. */
export function judged(resolution: Resolution, expected: Expected): Expected {
  const { reason, variant, value, errorCode, stage, metadata } = resolution;
  return JSON.parse(JSON.stringify({ reason, variant, value, errorCode, stage, ...(expected.metadata && { metadata }) }));
}
