import { API_VERSION, openApi, routes } from '@ballast/api';
import { expect, it } from 'vitest';
import { referencePage } from './page.js';

const page = referencePage(openApi(routes, API_VERSION));

it('shows every operation', () => {
  expect(routes.filter((route) => !page.includes(`<details id="${route.id}">`)).map((route) => route.id)).toEqual([]);
});

it('links to nothing outside the server and runs no script', () => {
  const links = [...page.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, link = '']) => link);
  expect(links.filter((link) => !link.startsWith('#') && !link.startsWith('/'))).toEqual([]);
  expect(page).not.toMatch(/<script|@import|url\(/);
});

it('leads every reference to a schema that is shown', () => {
  const wanted = new Set([...page.matchAll(/href="#(schema-\w+)"/g)].map(([, id = '']) => id));
  expect([...wanted].filter((id) => !page.includes(`id="${id}"`))).toEqual([]);
  expect(wanted.size).toBeGreaterThan(5);
});

it('takes text for text', () => {
  const document = openApi(
    [{ method: 'get', path: '/x', id: 'x', tag: '<b>', summary: '<script>alert("x")</script>', access: null, answer: { status: 200 } }],
    '1',
  );
  expect(referencePage(document)).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;');
  expect(referencePage(document)).not.toMatch(/<script|<b>/);
});
