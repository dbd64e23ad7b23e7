/** What the module needs to know of a flag. */
export interface GeneratedFlag {
  readonly key: string;
  readonly type: 'boolean' | 'string' | 'number' | 'object';
}

const TYPES = { boolean: 'boolean', string: 'string', number: 'number', object: 'FlagObject' } as const;

/** The TypeScript module for the flags of a project: the same flags, in any order, make the same text. */
export function moduleText(project: string, flags: readonly GeneratedFlag[]): string {
  const sorted = [...flags].sort((a, b) => (a.key < b.key ? -1 : 1));
  const members = sorted.map(({ key, type }) => `  readonly ${literal(key)}: ${TYPES[type]};\n`).join('');
  const hasObject = flags.some(({ type }) => type === 'object');
  return `// Made by "ballast-sdk generate" from the flags of project ${literal(project)}. Do not edit; make it anew.
import type { BrowserClient, Client, ${hasObject ? 'FlagObject, ' : ''}TypedBrowserClient, TypedClient } from '@ballast/sdk';

/** Every flag of the project that is not archived, with the type of its value. */
export interface Flags {
${members}}

/** The same client, which takes only these keys, each with a default of its type. */
export function typed(client: BrowserClient): TypedBrowserClient<Flags>;
export function typed(client: Client): TypedClient<Flags>;
export function typed(client: Client): TypedClient<Flags> {
  return client;
}
`;
}

/** A text as TypeScript writes it between single quotes, on one line and without characters that cannot be seen. */
function literal(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${inner.replace(/[\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, escaped)}'`;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
