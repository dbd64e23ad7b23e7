import { LIMITS } from '@ballast/api';
import { jsonOf } from '../../body-parsers.js';
import { refuse } from '../../errors.js';
import type { Signal } from './answers.js';
import { messagesIn } from './protobuf.js';

const { max: MOST } = LIMITS.otlpItems;
/** From the request down to what it is about, in JSON and by the numbers of the fields. */
const NAMES: Readonly<Record<Signal, readonly string[]>> = {
  Spans: ['resourceSpans', 'scopeSpans', 'spans'],
  LogRecords: ['resourceLogs', 'scopeLogs', 'logRecords'],
};
const NUMBERS = [1, 2, 2];

/** The spans or log records of a JSON request, as they came. */
export function jsonItems(body: Buffer, signal: Signal): readonly unknown[] {
  const steps = NAMES[signal].map((name) => (parent: unknown) => listIn(parent, name));
  return descend(jsonOf(body), steps);
}

/** The bytes of the spans or log records of a protobuf request. */
export function binaryItems(body: Buffer): readonly Buffer[] {
  const steps = NUMBERS.map((number) => (parent: Buffer) => messagesIn(parent, number, MOST) ?? refuse('body.malformed'));
  return descend(body, steps);
}

/** What lies at the end of some steps down, each of which leads to more; nothing is looked into before it is known that there is not too much. */
function descend<Item>(root: Item, steps: readonly ((parent: Item) => readonly Item[])[]): readonly Item[] {
  let level: readonly Item[] = [root];
  for (const step of steps) {
    const next: Item[] = [];
    for (const parent of level) {
      const children = step(parent);
      if (next.length + children.length > MOST) refuseAs('', `holds more than ${MOST} spans or log records; send less at once`);
      next.push(...children);
    }
    level = next;
  }
  return level;
}

function listIn(parent: unknown, name: string): readonly unknown[] {
  if (typeof parent !== 'object' || parent === null || Array.isArray(parent)) return refuseAs('', `must be an object that holds ${name}`);
  const list: unknown = Object.entries(parent).find(([key]) => key === name)?.[1] ?? [];
  return Array.isArray(list) ? list : refuseAs(`/${name}`, 'must be a list');
}

function refuseAs(path: string, message: string): never {
  return refuse('request.invalid', { problems: [{ path, message }] });
}
