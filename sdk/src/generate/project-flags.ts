import { membersOf, parseJson } from '../core/json.js';
import type { GenerateArguments } from './arguments.js';
import type { GeneratedFlag } from './module-text.js';

const PAGE_SIZE = 200;
const TIMEOUT_MS = 30_000;

interface Page {
  readonly flags: readonly GeneratedFlag[];
  readonly nextCursor: string | null;
}

/** All flags of a project that are not archived; throws an error whose message is for people when they cannot be had. */
export async function projectFlags(from: Pick<GenerateArguments, 'url' | 'token' | 'project'>): Promise<GeneratedFlag[]> {
  const flags: GeneratedFlag[] = [];
  const seen = new Set<string>();
  let cursor: string | null = '';
  while (cursor !== null) {
    const page: Page = await pageAt(cursor, from);
    flags.push(...page.flags);
    seen.add(cursor);
    cursor = page.nextCursor;
    if (cursor !== null && seen.has(cursor)) throw new Error(`${from.url} answers the same page again and again`);
  }
  return flags;
}

async function pageAt(cursor: string, { url, token, project }: Pick<GenerateArguments, 'url' | 'token' | 'project'>): Promise<Page> {
  const query = new URLSearchParams({ limit: `${PAGE_SIZE}`, ...(cursor !== '' && { cursor }) });
  const address = `${url}/api/v1/projects/${encodeURIComponent(project)}/flags?${query}`;
  const { status, text } = await get(address, token);
  if (status === 401) throw new Error(`${url} does not know the token`);
  if (status === 403) throw new Error(`The token may not read the flags of project ${project}`);
  if (status === 404) throw new Error(`${url} has no project ${project}`);
  if (status !== 200) throw new Error(`${url} answered ${status}: ${text.slice(0, 200)}`);
  const { items, nextCursor } = membersOf(parseJson(text));
  if (!Array.isArray(items) || !items.every(isFlag) || !(nextCursor === null || typeof nextCursor === 'string'))
    throw new Error(`${url} answered something else than a list of flags; is it a Ballast server?`);
  return { flags: items, nextCursor };
}

async function get(address: string, token: string): Promise<{ readonly status: number; readonly text: string }> {
  try {
    const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
    const response = await fetch(address, { headers, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new Error(`${new URL(address).origin} cannot be asked: ${cause instanceof Error ? cause.message : cause}`, { cause: error });
  }
}

function isFlag(value: unknown): value is GeneratedFlag {
  const { key, type } = membersOf(value);
  return typeof key === 'string' && (type === 'boolean' || type === 'string' || type === 'number' || type === 'object');
}
