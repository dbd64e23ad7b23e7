import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { generate } from './generate.js';
import { type GeneratedFlag, moduleText } from './module-text.js';

describe('given the flags of a project', () => {
  const flags: readonly GeneratedFlag[] = [
    { key: 'new-checkout', type: 'boolean' },
    { key: 'limits', type: 'object' },
    { key: 'page-size', type: 'number' },
    { key: 'banner', type: 'string' },
  ];

  it('writes them sorted, whatever their order', () => {
    const text = moduleText('shop', flags);
    expect(moduleText('shop', [...flags].reverse())).toBe(text);
    expect(text).toContain(`export interface Flags {
  readonly 'banner': string;
  readonly 'limits': FlagObject;
  readonly 'new-checkout': boolean;
  readonly 'page-size': number;
}
`);
  });

  it.each(["it's", 'back\\slash', 'line\nbreak', '*/ alert() /*', '"', '\u2028', '__proto__', '日本語', '`', ''])(
    'writes the key %j on one line, as it is',
    (key) => {
      const text = moduleText(key, [{ key, type: 'boolean' }]);
      const [, literal] = /^ {2}readonly ('.*'): boolean;$/m.exec(text) ?? [];
      expect(new Function(`return ${literal}`)()).toBe(key);
      expect(text.split('\n')).toHaveLength(moduleText('', []).split('\n').length + 1);
    },
  );
});

describe('given a server that answers pages', () => {
  let server: Server;
  let folder: string;
  let url: string;
  let asked: string[];
  let answer: (cursor: string | null) => { readonly status?: number; readonly body: unknown };
  const printed = { out: '', err: '' };

  beforeAll(async () => {
    server = createServer(({ url: path = '', headers: { authorization } }, response) => {
      asked.push(`${authorization} ${path}`);
      const { status = 200, body } = answer(new URL(path, 'http://here').searchParams.get('cursor'));
      response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => new Promise((resolve) => server.close(resolve)));

  beforeEach(async () => {
    asked = [];
    folder = await mkdtemp(join(tmpdir(), 'ballast-generate-'));
    answer = (cursor) =>
      cursor === null
        ? { body: { items: [{ key: 'b', type: 'string', owner: 'ignored' }], nextCursor: 'two/2' } }
        : { body: { items: [{ key: 'a', type: 'boolean' }], nextCursor: null } };
  });

  afterEach(() => rm(folder, { recursive: true }));

  const run = (...args: readonly string[]) => {
    Object.assign(printed, { out: '', err: '' });
    const print = (to: 'out' | 'err') => (text: string) => {
      printed[to] += text;
    };
    const output = { out: print('out'), err: print('err') };
    return generate(['generate', '--url', `${url}/`, '--out', join(folder, 'flags.ts'), ...args], { BALLAST_TOKEN: 'secret' }, output);
  };
  const written = () => readFile(join(folder, 'flags.ts'), 'utf8');

  it('writes the flags of all pages', async () => {
    expect(await run('--project', 'my shop')).toBe(0);
    expect(await written()).toBe(
      moduleText('my shop', [
        { key: 'a', type: 'boolean' },
        { key: 'b', type: 'string' },
      ]),
    );
    const path = '/api/v1/projects/my%20shop/flags?limit=200';
    expect(asked).toEqual([`Bearer secret ${path}`, `Bearer secret ${path}&cursor=two%2F2`]);
    expect(printed.err).toMatch(/flags.ts is written: 2 flags\n$/);
    expect(await readdir(folder)).toEqual(['flags.ts']);
  });

  it('leaves a file alone that is up to date', async () => {
    await run();
    const before = await stat(join(folder, 'flags.ts'), { bigint: true });
    expect(await run()).toBe(0);
    expect(printed.err).toMatch(/up to date: 2 flags\n$/);
    expect(await stat(join(folder, 'flags.ts'), { bigint: true })).toMatchObject({ ino: before.ino, mtimeNs: before.mtimeNs });
  });

  it('checks without writing', async () => {
    expect(await run('--check')).toBe(1);
    expect(await readdir(folder)).toEqual([]);
    await run();
    expect(await run('--check')).toBe(0);
    await writeFile(join(folder, 'flags.ts'), `${await written()}\n`);
    expect(await run('--check')).toBe(1);
    expect(printed.err).toMatch(/flags.ts is out of date: run ballast-sdk generate without --check\n$/);
  });

  it('prints to a pipe', async () => {
    expect(await run('--out', '-')).toBe(0);
    expect(printed).toEqual({
      out: moduleText('default', [
        { key: 'a', type: 'boolean' },
        { key: 'b', type: 'string' },
      ]),
      err: '',
    });
  });

  it.each([
    [401, /does not know the token/],
    [403, /may not read the flags of project default/],
    [404, /has no project default/],
    [500, /answered 500/],
  ])('ends with 3 when the answer is %d, and leaves the file as it is', async (status, message) => {
    await run();
    const before = await written();
    answer = () => ({ status, body: 'no' });
    expect(await run()).toBe(3);
    expect(printed.err).toMatch(message);
    expect(await written()).toBe(before);
  });

  it.each([
    '<html>',
    {},
    { items: [{ key: 1 }], nextCursor: null },
    { items: [{ key: 'a', type: 'date' }], nextCursor: null },
    { items: [] },
  ])('ends with 3 when the answer is %j', async (body) => {
    answer = () => ({ body });
    expect(await run()).toBe(3);
    expect(printed.err).toMatch(/is it a Ballast server\?\n$/);
  });

  it('ends with 3 when pages go round in a circle', async () => {
    answer = () => ({ body: { items: [], nextCursor: 'again' } });
    expect(await run()).toBe(3);
  });

  it('ends with 3 when nobody is there, or the file cannot be written', async () => {
    expect(await run('--url', 'http://127.0.0.1:9')).toBe(3);
    expect(printed.err).toMatch(/^http:\/\/127.0.0.1:9 cannot be asked: .*/);
    expect(await run('--out', join(folder, 'nowhere/flags.ts'))).toBe(3);
    expect(printed.err).toMatch(/ENOENT/);
  });

  it.each([
    [['--url', 'nowhere']],
    [['--url', 'http://']],
    [['--token', 'two words']],
    [['--unknown']],
    [['twice']],
    [['--check', '--out', '-']],
  ])('ends with 2 and the usage for %j', async (args) => {
    expect(await run(...args)).toBe(2);
    expect(printed.err).toContain('Exit codes: 0');
    expect(asked).toEqual([]);
  });

  it('needs a token', async () => {
    expect(await generate(['generate', '--url', url], {}, { out: () => {}, err: () => {} })).toBe(2);
  });

  it('helps', async () => {
    expect(await run('--help')).toBe(0);
    expect(printed.out).toContain('--project <project>');
  });
});
