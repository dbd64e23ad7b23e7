import { readFileSync } from 'node:fs';
import {
  applyDelta,
  type Delta,
  newSession,
  parseApplied,
  parseDelta,
  parseHandshake,
  parseReset,
  parseResync,
  parseSnapshot,
  parseTelemetry,
  type Session,
  type Snapshot,
  snapshotOf,
  stateFrom,
  step,
} from '@ballast/protocol';
import { describe, expect, it } from 'vitest';
import { type EventInWords, eventOf, inWords } from '../../libs/protocol/test/session-words.js';

interface FoldCase {
  readonly name: string;
  readonly start: string;
  readonly messages: readonly { readonly delta: Delta; readonly expected: string }[];
  readonly expected:
    | 'refused'
    | { readonly revision: number; readonly checksum: number; readonly flags: object; readonly segments: object };
}

interface ParseCase {
  readonly name: string;
  readonly message: keyof typeof parsers;
  readonly value: { readonly rows?: readonly unknown[] };
  /** The value stands for one with so many rows. */
  readonly repeatRows?: number;
  readonly accepted: boolean;
}

interface SessionCase {
  readonly name: string;
  readonly steps: readonly { readonly event: EventInWords; readonly actions: readonly string[]; readonly status: string }[];
}

const parsers = {
  snapshot: parseSnapshot,
  delta: parseDelta,
  reset: parseReset,
  handshake: parseHandshake,
  resync: parseResync,
  applied: parseApplied,
  telemetry: parseTelemetry,
};

function read<File>(name: string): File {
  return JSON.parse(readFileSync(new URL(`protocol/${name}.json`, import.meta.url), 'utf8'));
}

const fold = read<{ readonly snapshots: { readonly [name: string]: Snapshot }; readonly cases: readonly FoldCase[] }>('fold');
const messages = read<{ readonly cases: readonly ParseCase[] }>('parse');
const sessions = read<{ readonly random: number; readonly pollMs: number; readonly cases: readonly SessionCase[] }>('session');

const versions = (entries: { readonly [key: string]: { readonly version: number } }) =>
  Object.fromEntries(Object.entries(entries).map(([key, { version }]) => [key, version]));

describe('the fold', () => {
  it.each(fold.cases.map((each) => [each.name, each] as const))('%s', (_, { start, messages, expected }) => {
    const snapshot = parseSnapshot(fold.snapshots[start]);
    if (typeof snapshot === 'string') throw new Error(snapshot);
    const opened = stateFrom(snapshot);
    if ('problem' in opened) {
      expect(expected).toBe('refused');
      return;
    }
    for (const { delta, expected: outcome } of messages) {
      const parsed = parseDelta(delta);
      if (typeof parsed === 'string') throw new Error(parsed);
      const result = applyDelta(opened.state, parsed);
      expect(result.outcome === 'resync' ? `resync: ${result.because}` : result.outcome).toBe(outcome);
    }
    const { revision, checksum, flags, segments } = snapshotOf(opened.state);
    expect({ revision, checksum, flags: versions(flags), segments: versions(segments) }).toEqual(expected);
  });
});

describe('messages', () => {
  it.each(messages.cases.map((each) => [each.name, each] as const))('%s', (_, { message, value, repeatRows, accepted }) => {
    const whole = repeatRows === undefined ? value : { ...value, rows: Array.from({ length: repeatRows }, () => value.rows?.[0]) };
    expect(typeof parsers[message](whole) === 'object').toBe(accepted);
  });
});

describe('the session', () => {
  it.each(sessions.cases.map((each) => [each.name, each] as const))('%s', (_, { steps }) => {
    let session: Session = newSession(sessions.pollMs);
    const seen = steps.map(({ event }) => {
      session = step(session, eventOf(event), () => sessions.random);
      const status = session.cached && session.status === 'ready' ? 'ready (cached)' : session.status;
      return { event, actions: inWords(session.actions), status };
    });
    expect(seen).toEqual(steps);
  });
});

it('has cases for every part', () => {
  for (const { cases } of [fold, messages, sessions]) expect(cases.length).toBeGreaterThan(24);
});

it('every case that the page of the protocol names exists', () => {
  const page = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
  const files = { fold: fold.cases, parse: messages.cases, session: sessions.cases };
  const existing = Object.entries(files).flatMap(([file, cases]) => cases.map(({ name }) => `${file}: ${name}`));
  const named = [...page.matchAll(/`((?:fold|parse|session): [^`]+)`/g)].map(([, name]) => name);
  expect(named.length).toBeGreaterThan(50);
  expect(named.filter((name) => !existing.includes(name ?? ''))).toEqual([]);
});
