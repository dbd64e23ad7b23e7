import { routes } from '@ballast/api';
import { RequestMethod } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { REQUIRED_SCOPE } from '../../apps/server/src/access/index.js';
import { api, aServer, type TestServer } from '../harness/index.js';

/** Doors that are no part of the API: its own description, and what Prometheus collects. */
const APART = ['/docs', '/metrics', '/openapi.json'];

interface Door {
  readonly operation: string;
  /** Scope that the guard asks for; undefined outside the admin API. */
  readonly scope: unknown;
}

let server: TestServer;

beforeAll(async () => {
  server = await aServer();
});

afterAll(() => server.stop());

/** Every route that a controller of the server has, with the parameters written as OpenAPI does. */
function doors(): Door[] {
  const modules = [...server.app.get(ModulesContainer).values()];
  return modules
    .flatMap((module) => [...module.controllers.values()])
    .flatMap(({ metatype }) => (typeof metatype === 'function' ? doorsOf(metatype) : []));
}

function doorsOf(controller: { readonly prototype: object }): Door[] {
  const base: unknown = Reflect.getMetadata('path', controller);
  return Object.values(Object.getOwnPropertyDescriptors(controller.prototype)).flatMap(({ value: handler }) => {
    if (typeof handler !== 'function' || !Reflect.hasMetadata('method', handler)) return [];
    const method = RequestMethod[Reflect.getMetadata('method', handler)]?.toLowerCase();
    const path = `/${base}/${Reflect.getMetadata('path', handler)}`
      .replaceAll(/\/{2,}/g, '/')
      .replace(/\/$/, '')
      .replaceAll(/:(\w+)/g, '{$1}');
    const scope: unknown = Reflect.getMetadata(REQUIRED_SCOPE, handler) ?? Reflect.getMetadata(REQUIRED_SCOPE, controller);
    return APART.includes(path) ? [] : [{ operation: `${method} ${path}`, scope }];
  });
}

it('holds every door of the server, and no other', () => {
  const described = routes.map((route) => `${route.method} ${route.path}`);
  expect(
    doors()
      .map(({ operation }) => operation)
      .sort(),
  ).toEqual(described.sort());
});

it('names the scope that the guard asks for', () => {
  const asked = new Map(doors().map(({ operation, scope }) => [operation, scope]));
  const named = routes.filter(({ path }) => path.startsWith('/api/')).map((route) => [`${route.method} ${route.path}`, route.access]);
  expect(named.map(([operation]) => [operation, asked.get(String(operation))])).toEqual(named);
});

it('is kept shut: each guarded operation turns away who has no credential', async () => {
  const admin = api(server);
  for (const { method, path, access, id, query } of routes) {
    const { status, body } = await admin.send(method, `${path.replaceAll(/\{\w+\}/g, 'x')}${needed(query)}`, undefined, { token: null });
    if (access === null) expect(status, id).toBe(200);
    // What OTLP answers has no room for codes that are texts.
    else expect({ id, status, code: body.code }).toEqual({ id, status: 401, code: path.startsWith('/v1/') ? undefined : 'auth.missing' });
  }
});

/** The query members that an operation cannot do without. */
function needed(query: (typeof routes)[number]['query']): string {
  const missing = query?.safeParse({}).error?.issues ?? [];
  return `?${missing.map(({ path }) => `${path.join('')}=0`).join('&')}`;
}
