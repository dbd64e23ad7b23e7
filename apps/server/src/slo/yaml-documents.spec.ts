import { expect, it } from 'vitest';
import { UnreadableYaml, yamlDocuments } from './yaml-documents.js';

it('reads every document, and leaves out the empty ones that separators make', async () => {
  expect(await yamlDocuments('---\na: 1\n---\nb: |\n  --- inside\n---\n')).toEqual([{ a: 1 }, { b: '--- inside\n' }]);
  expect(await yamlDocuments('a: 1\n...\n---\nb: 2')).toEqual([{ a: 1 }, { b: 2 }]);
  expect(await yamlDocuments('')).toEqual([]);
  expect(await yamlDocuments('\uFEFFa: 1\r\n---\r\nb: 2\r\n')).toEqual([{ a: 1 }, { b: 2 }]);
});

it('comments and directives before the first document belong to it', async () => {
  expect(await yamlDocuments('# ours\n%YAML 1.2\n---\na: 1\n---\nb: 2\n')).toEqual([{ a: 1 }, { b: 2 }]);
});

it('anchors work inside of a document and not across', async () => {
  expect(await yamlDocuments('a: &x [1]\nb: *x\n')).toEqual([{ a: [1], b: [1] }]);
  await expect(yamlDocuments('a: &x 1\n---\nb: *x\n')).rejects.toThrow('document 2');
});

const lines = (count: number, line: (index: number) => string) => Array.from({ length: count }, (_, index) => line(index)).join('\n');

it.each([
  ['a hundred thousand keys', lines(100_000, (index) => `k${index}: v`), 'document 1 is longer than'],
  [
    'thousands of anchors',
    lines(20_000, (index) => `- &a${index} x`) + lines(20_000, (index) => `\n- *a${index}`),
    'document 1 is longer than',
  ],
  ['thousands of documents', lines(100_000, () => '---\na: b'), 'holds more than'],
  [
    'aliases that multiply',
    `a: &a [x, x]\n${lines(12, (index) => `b${index}: &b${index} [${'*a, '.repeat(20)}]`)}`,
    'Excessive alias count',
  ],
  ['brackets without end', '['.repeat(20_000), 'document 1'],
  ['a key that comes twice', 'a: 1\n---\na: 1\na: 2', 'document 2: Map keys must be unique'],
])('refuses %s', async (_, text, message) => {
  const reading = yamlDocuments(text);
  await expect(reading).rejects.toThrow(UnreadableYaml);
  await expect(reading).rejects.toThrow(message);
});

it('lets others have their turn between documents', async () => {
  const turns: string[] = [];
  const reading = yamlDocuments('a: 1\n---\nb: 2\n').then(() => turns.push('read'));
  setImmediate(() => turns.push('other'));
  await reading;
  expect(turns).toEqual(['other', 'read']);
});
