import type { FlagType } from '@ballast/evaluation';
import { type Client, createClient, type Details } from '@ballast/sdk';
import { afterAll, describe, expect, it } from 'vitest';
import { type CaseSnapshot, type EvaluationCase, evaluationCases } from './cases.js';

const clients = new Map<CaseSnapshot, Client>();

/** A client without a server, which serves the snapshot it was given. */
function clientOf(snapshot: CaseSnapshot): Client {
  const known = clients.get(snapshot);
  if (known !== undefined) return known;
  const client = createClient({ url: '', key: '', logger: null, bootstrap: snapshot });
  clients.set(snapshot, client);
  return client;
}

const defaults = { boolean: false, string: 'the code default', number: -1, object: { the: 'code default' } };

function detailsOf({ snapshot, flag, context }: EvaluationCase, type: FlagType): Details<unknown> {
  const client = clientOf(snapshot);
  switch (type) {
    case 'boolean':
      return client.details(flag, defaults.boolean, context);
    case 'string':
      return client.details(flag, defaults.string, context);
    case 'number':
      return client.details(flag, defaults.number, context);
    default:
      return client.details(flag, defaults.object, context);
  }
}

afterAll(() => Promise.all([...clients.values()].map((client) => client.close())));

describe.each(evaluationCases())('$file', ({ cases }) => {
  it.each(cases)('$name', (one) => {
    const { flag, snapshot, expected } = one;
    const source = Object.hasOwn(snapshot.flags, flag) ? snapshot.flags[flag] : undefined;
    const type = one.type ?? source?.type ?? 'boolean';
    const { metadata, stage: _, ...answer } = expected;
    const { variant, value, reason, errorCode, flagMetadata, version, key } = detailsOf(one, type);
    expect(JSON.parse(JSON.stringify({ variant, value, reason, errorCode }))).toEqual({ value: defaults[type], ...answer });
    expect({ key, version }).toEqual({ key: flag, version: source?.version ?? 0 });
    if (metadata) expect(flagMetadata).toEqual(metadata);
  });
});
