import { z } from 'zod';
import { LIMITS } from './limits.js';

/** True when text holds no NUL and no lone surrogate: what Postgres and UTF-8 can hold. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && !/\p{Surrogate}/u.test(text);
}

/** Any text that may be stored. */
export const storableText = z.string().refine(isStorable, 'must not contain NUL or lone surrogates');

/** Text of at most so many UTF-16 units: zod, like JSON Schema, counts code points, but clients count units. */
export function textOfUnits(max: number) {
  return storableText
    .min(1)
    .max(max)
    .refine((text) => text.length <= max, `must have at most ${max} UTF-16 units`);
}

/** `.` and `..` mean places in a path: clients take them out of a URL, escaped or not. */
const isNoPathStep = (key: string) => key !== '.' && key !== '..';
const PATH_STEP = 'must not be . or .., which no URL can hold';

/** Key of an existing flag or segment, as imports may bring it: any Unicode. */
export const anyKey = textOfUnits(LIMITS.keyLength.max)
  .refine(isNoPathStep, PATH_STEP)
  .meta({ description: 'A key; any Unicode without NUL and lone surrogates' });

/** Key of a new flag or segment. */
export const newKey = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,255}$/, 'must be 1 to 255 of A-Z a-z 0-9 . _ -')
  .refine(isNoPathStep, PATH_STEP)
  .meta({ description: 'A new key' });

/** Key of a project or an environment: what a URL and a `project/environment` pair can hold. */
export const placeKey = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'must be 1 to 63 of a-z 0-9 -, not starting or ending with -')
  .meta({ description: 'Key of a project or an environment' });

/** One line of text for people. */
export const nameText = storableText.trim().min(1).max(LIMITS.nameLength.max);

/** Who answers for something: a team or an address. */
export const ownerText = storableText.trim().min(1).max(LIMITS.ownerLength.max);

/** Why somebody does something. */
export const reasonText = storableText.trim().min(1).max(LIMITS.reasonLength.max);

/** True when a moment lies in the years 1 to 9999 of UTC: what Postgres and four digits can hold. */
function isInCalendar(text: string): boolean {
  const at = Date.parse(text);
  return at >= Date.parse('0001-01-01T00:00:00Z') && at < Date.UTC(10_000, 0);
}

/** A moment, RFC 3339 with an offset. */
export const moment = z.iso
  .datetime({ offset: true, abort: true })
  .refine(isInCalendar, 'must be in the years 1 to 9999 of UTC')
  .meta({ description: 'RFC 3339' });
