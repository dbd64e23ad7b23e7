import { isMembers, type Members, own } from '../findings.js';
import type { ImportItem, RefusedItem, TranslationResult } from '../model.js';
import { isTooDeep } from './expand.js';
import { type FlagFile, toItem } from './flag.js';

function entriesOf(flags: unknown): readonly (readonly [key: unknown, flag: unknown])[] | null {
  if (Array.isArray(flags)) return flags.map((flag: unknown) => [isMembers(flag) ? own(flag, 'key') : undefined, flag]);
  return isMembers(flags) ? Object.entries(flags) : null;
}

function section(file: Members, name: string): Members | null {
  const content = own(file, name) ?? {};
  return isMembers(content) ? content : null;
}

function translate(entries: readonly (readonly [unknown, unknown])[], file: FlagFile): TranslationResult {
  const items = new Map<string, ImportItem>();
  const refused: RefusedItem[] = [];
  for (const [key, flag] of entries) {
    if (typeof key !== 'string' || key === '') {
      refused.push({ key: '', reasons: ['has no key'] });
      continue;
    }
    const outcome = toItem(key, flag, file);
    if ('refused' in outcome) refused.push(outcome.refused);
    else if (items.has(key)) refused.push({ key, reasons: ['is in the file more than once; the first was taken'] });
    else items.set(key, outcome.item);
  }
  return { ok: true, translation: { items: [...items.values()], refused } };
}

/** Translates a flagd file (JSON schema v0, already parsed) into flags of ours, each whole or refused with its reasons. */
export function fromFlagd(content: unknown): TranslationResult {
  if (!isMembers(content)) return { ok: false, problem: 'A flagd file is a JSON object with the member "flags".' };
  const entries = entriesOf(own(content, 'flags'));
  if (entries === null)
    return { ok: false, problem: 'The member "flags" of a flagd file must be an object, or a list of flags with keys.' };
  const evaluators = section(content, '$evaluators');
  const metadata = section(content, 'metadata');
  if (evaluators === null || metadata === null) return { ok: false, problem: 'The members "$evaluators" and "metadata" must be objects.' };
  if (isTooDeep(evaluators)) return { ok: false, problem: 'The member "$evaluators" nests too deep.' };
  return translate(entries, { evaluators, metadata });
}
