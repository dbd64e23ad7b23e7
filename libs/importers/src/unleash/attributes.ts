import type { Condition, ConditionValue } from '@ballast/evaluation';

/** Our name of a field of Unleash's context: `userId` is the targeting key, every other field and property an attribute of the same name. */
export function attributeName(field: string): string {
  if (field === 'userId') return 'targetingKey';
  return field.startsWith('/') ? `/${field.replaceAll('~', '~0').replaceAll('/', '~1')}` : field;
}

/** Holds when the attribute can be bucketed by: a text that is not empty, or a number. */
export function hasKey(attribute: string): Condition {
  return { bucket: { by: attribute, hash: 'native', salt: '', share: 100_000 } };
}

/** Unleash compares texts and writes every value as one: the values whose text each of these is. */
export function written(texts: readonly string[]): ConditionValue[] {
  return texts.flatMap((text): ConditionValue[] => {
    const number = Number(text);
    if (Number.isFinite(number) && String(number) === text) return [text, number];
    return text === 'true' || text === 'false' ? [text, text === 'true'] : [text];
  });
}

/** The texts of a list in the file; what is no list is empty, what is no text is left out, as is nothing. */
export function texts(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((value): value is string => typeof value === 'string') : [];
}

/** The parts of a list that is written as one text. */
export function commaSeparated(text: unknown): string[] {
  if (typeof text !== 'string' || text === '') return [];
  const parts = text.split(',');
  // Around commas only, as there; a pattern for both would take the square of a long run of spaces.
  return parts.map((part, i) => (i === 0 ? part : part.trimStart())).map((part, i) => (i === parts.length - 1 ? part : part.trimEnd()));
}

/** A value of the file as a number; what is no text, number or boolean is none. */
export function numberOf(value: unknown): number {
  return typeof value === 'object' && value !== null ? Number.NaN : Number(value);
}
