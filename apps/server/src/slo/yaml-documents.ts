import { setImmediate } from 'node:timers/promises';
import { LIMITS } from '@ballast/api';
import { parseAllDocuments } from 'yaml';

/** A file that cannot be read, in words for whoever sent it. */
export class UnreadableYaml extends Error {
  override readonly name = 'UnreadableYaml';
}

/** A line that begins a document; YAML allows it nowhere else, not even inside of texts. */
const BEGINS = /^(?=---(?:\s|$))/m;
/** Nothing but comments and directives, which belong to the document that follows. */
const IS_PREFACE = /^(?:[ \t]*(?:[#%].*)?\r?\n)*$/;

/**
 * The documents of a YAML file as plain values; empty ones are left out. What a reader does with keys and anchors grows with
 * their square: documents are short, read one after another, and everybody else has a turn between them.
 */
export async function yamlDocuments(text: string): Promise<readonly unknown[]> {
  const parts = partsOf(text.replace(/^\uFEFF/, ''));
  const { max } = LIMITS.openSloDocuments;
  if (parts.length > max) throw new UnreadableYaml(`holds more than ${max} documents`);
  const values: unknown[] = [];
  for (const [index, part] of parts.entries()) {
    values.push(...valuesOf(part, index + 1));
    await setImmediate();
  }
  return values;
}

function partsOf(text: string): readonly string[] {
  const [first = '', second, ...others] = text.split(BEGINS);
  return second !== undefined && IS_PREFACE.test(first) ? [first + second, ...others] : text.split(BEGINS);
}

function valuesOf(part: string, place: number): readonly unknown[] {
  const { max } = LIMITS.openSloDocumentLength;
  if (part.length > max) throw new UnreadableYaml(`document ${place} is longer than ${max} characters`);
  const documents = [...parseAllDocuments(part, { uniqueKeys: true, strict: true })];
  const broken = documents.flatMap(({ errors }) => errors)[0];
  if (broken !== undefined) throw new UnreadableYaml(`document ${place}: ${broken.message}`, { cause: broken });
  try {
    return documents.map((document): unknown => document.toJS({ maxAliasCount: 100 })).filter((value) => value !== null);
  } catch (error) {
    throw new UnreadableYaml(`document ${place}: ${String(error)}`, { cause: error });
  }
}
