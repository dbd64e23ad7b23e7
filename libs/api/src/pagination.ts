import { z } from 'zod';
import { storableText } from './keys.js';
import { LIMITS } from './limits.js';

/** Query members of every list. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(LIMITS.pageSize.max).default(50),
  cursor: z.string().min(1).max(2_048).optional().meta({ description: 'The nextCursor of the page before' }),
} as const;

/** One page of a list. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

const cursorParts = z.array(z.union([storableText, z.number()])).max(8);

/** An opaque cursor that holds the place after the last item of a page. */
export function encodeCursor(parts: readonly (string | number)[]): string {
  const bytes = new TextEncoder().encode(JSON.stringify(parts));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}

/** The parts that `encodeCursor` was given, or null when the text is no cursor. */
export function decodeCursor(cursor: string): readonly (string | number)[] | null {
  try {
    const bytes = Uint8Array.from(atob(cursor.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
    const parsed = cursorParts.safeParse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
