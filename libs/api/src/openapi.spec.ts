import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, it } from 'vitest';
import { limitsTable } from './limits.js';
import { openApi } from './openapi.js';
import { API_VERSION, routes } from './routes.js';

const document = openApi(routes, API_VERSION);
const docs = new URL('../../../docs/', import.meta.url);

it('is valid OpenAPI 3.1', async () => {
  const copy: unknown = JSON.parse(JSON.stringify(document));
  const result = await new Validator().validate(Object(copy));
  expect(result).toMatchObject({ valid: true });
});

it('is what docs/openapi.json says (node scripts/reference.mjs writes it)', () => {
  expect(JSON.parse(readFileSync(new URL('openapi.json', docs), 'utf8'))).toEqual(JSON.parse(JSON.stringify(document)));
});

it('has the limits that docs/limits.md says (node scripts/reference.mjs writes them)', () => {
  expect(readFileSync(new URL('limits.md', docs), 'utf8')).toContain(`\n\n${limitsTable()}\n`);
});

it('names each operation once', () => {
  expect(new Set(routes.map((route) => route.id)).size).toBe(routes.length);
  expect(new Set(routes.map((route) => `${route.method} ${route.path}`)).size).toBe(routes.length);
});

it('leads every reference to something that is there', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)];
  const known = document.components;
  const lost = references.filter(([, kind, name = '']) => !Object.hasOwn(kind === 'responses' ? known.responses : known.schemas, name));
  expect(lost.map(([reference]) => reference)).toEqual([]);
  expect(references.length).toBeGreaterThan(50);
});

it('tells of the problems that every guarded operation can meet', () => {
  for (const route of routes.filter(({ access }) => access !== null)) {
    const answers = Object.keys(document.paths[route.path]?.[route.method]?.responses ?? {});
    expect(answers, route.id).toEqual(expect.arrayContaining(['401', '403', '429', '503']));
  }
});

it('asks for a body only where one is needed', () => {
  const requires = (id: string) => {
    const route = routes.find((each) => each.id === id);
    return document.paths[route?.path ?? '']?.[route?.method ?? '']?.requestBody?.required;
  };
  expect([requires('kill'), requires('restore')]).toEqual([false, true]);
});
