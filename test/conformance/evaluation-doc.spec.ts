import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { evaluationCases } from './cases.js';

const page = readFileSync(join(import.meta.dirname, '../../docs/evaluation.md'), 'utf8');
const files = evaluationCases();
/** A reference has the form `file/name of a case`; no path in the page has a space in it. */
const cited = [...page.matchAll(/`([a-z-]+\/[^`]*\s[^`]*)`/g)].map(([, name = '']) => name.replaceAll('\n', ' '));

it('docs/evaluation.md names only cases that exist', () => {
  const names = new Set(files.flatMap(({ file, cases }) => cases.map(({ name }) => `${file}/${name}`)));
  expect(cited.length).toBeGreaterThan(150);
  expect(cited.filter((name) => !names.has(name))).toEqual([]);
});

it('docs/evaluation.md names cases of every file', () => {
  const spoken = new Set(cited.map((name) => name.slice(0, name.indexOf('/'))));
  expect(files.map(({ file }) => file).filter((file) => !spoken.has(file))).toEqual([]);
});
