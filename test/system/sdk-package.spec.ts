import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
let consumer: string;

const consumerSource = `
import { createClient, type Client, type Details } from '@ballast/sdk';
const client: Client = createClient({ url: '', key: '', logger: null });
const flag: boolean = client.value('a', false);
const text: Details<string> = client.details('b', 'default');
const limits: { max: number } = client.value('c', { max: 5 });
const branch: number | Promise<string> = client.run('a', {}, { on: () => 1, off: async () => 'off' });
// @ts-expect-error the value has the type of the default
const wrong: string = client.value('a', false);
client.on('configurationChanged', ({ keys, revision }) => [...keys, revision?.toFixed()]);
export const answers = { flag, text: text.value, limits, branch: await branch, wrong, status: await client.ready() };
await client.close();
`;

const openFeatureSource = (side: string, provider: string, answer: string) => `
import { OpenFeature, ProviderStatus } from '@openfeature/${side}-sdk';
import { ${provider}, type ${provider}Options } from '@ballast/sdk/openfeature/${side}';
const options: ${provider}Options = { url: '', key: '', logger: null, metadata: 'flag-only' };
const provider = new ${provider}(options);
const registered = OpenFeature.setProviderAndWait(provider).catch((error) => error.code);
const client = OpenFeature.getClient();
export const answers = { code: await registered, status: client.providerStatus, value: ${answer}, isFatal: client.providerStatus === ProviderStatus.FATAL };
await OpenFeature.close();
`;

beforeAll(() => {
  execFileSync(process.execPath, ['sdk/build.mjs'], { cwd: root });
  consumer = mkdtempSync(join(tmpdir(), 'ballast-consumer-'));
  const [{ filename }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', consumer], {
      cwd: join(root, 'sdk'),
      stdio: ['ignore', 'pipe', 'ignore'],
    }).toString(),
  );
  const installed = join(consumer, 'node_modules/@ballast/sdk');
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(consumer, filename), '-C', installed, '--strip-components=1']);
  symlinkSync(join(root, 'node_modules/socket.io-client'), join(consumer, 'node_modules/socket.io-client'));
  writeFileSync(join(consumer, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(consumer, 'consumer.ts'), consumerSource);
  symlinkSync(join(root, 'node_modules/@openfeature'), join(consumer, 'node_modules/@openfeature'));
  writeFileSync(join(consumer, 'server.ts'), openFeatureSource('server', 'BallastProvider', "await client.getBooleanValue('a', true)"));
  writeFileSync(join(consumer, 'web.ts'), openFeatureSource('web', 'BallastWebProvider', "client.getBooleanValue('a', true)"));
});

afterAll(() => rmSync(consumer, { recursive: true, force: true }));

const compile = (...flags: string[]) => compileFile('consumer.ts', ...flags);
const compileFile = (file: string, ...flags: string[]) =>
  execFileSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '--strict', '--target', 'es2022', '--skipLibCheck', 'false', ...flags, file],
    {
      cwd: consumer,
    },
  );

it('compiles and runs in Node with nothing but the package and its one dependency', async () => {
  compile('--module', 'nodenext');
  const { answers } = await import(join(consumer, 'consumer.js'));
  expect(answers).toEqual({ flag: false, text: 'default', limits: { max: 5 }, branch: 'off', wrong: false, status: 'closed' });
});

it('compiles and bundles for browsers without any dependency', async () => {
  compile('--module', 'esnext', '--moduleResolution', 'bundler', '--lib', 'es2022,dom', '--noEmit');
  const { metafile } = await build({
    entryPoints: [join(consumer, 'consumer.ts')],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    write: false,
    metafile: true,
    target: 'es2022',
    absWorkingDir: consumer,
  });
  expect(Object.keys(metafile.inputs).sort()).toEqual(['consumer.ts', 'node_modules/@ballast/sdk/dist/browser.js']);
});

it.each(['server', 'web'])('compiles and runs the OpenFeature provider for the %s SDK', (side) => {
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')];
  compileFile(`${side}.ts`, '--module', 'nodenext', '--lib', 'es2022,dom', ...types);
  // In a process of its own: this one is told to take the packages from their sources.
  const print = `import('./${side}.js').then(({ answers }) => console.log(JSON.stringify(answers)))`;
  const printed = execFileSync(process.execPath, ['-e', print], { cwd: consumer, env: { PATH: process.env.PATH } }).toString();
  expect(JSON.parse(printed)).toEqual({ code: 'PROVIDER_FATAL', status: 'FATAL', value: true, isFatal: true });
});

it('takes the client from the package for its OpenFeature provider, so that a page has its code once', async () => {
  const { metafile } = await build({
    stdin: { contents: "export * from '@ballast/sdk'; export * from '@ballast/sdk/openfeature/web';", resolveDir: consumer },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    write: false,
    metafile: true,
    external: ['@openfeature/*'],
  });
  const inputs = Object.keys(metafile.inputs).filter((input) => input.includes('/dist/'));
  expect(inputs.map((input) => input.replace(/^.*\/dist\//, '')).sort()).toEqual(['browser.js', 'openfeature-web.js']);
});

it('keeps the hashes of other systems out of a page that does not ask for them', async () => {
  const contentOf = (name: string) => readFileSync(join(consumer, `node_modules/@ballast/sdk/dist/${name}.js`), 'utf8');
  expect(['browser', 'node', 'hashes'].filter((name) => contentOf(name).includes('unleash-murmur3'))).toEqual(['node', 'hashes']);
  const contents =
    "import { registerHash } from '@ballast/sdk'; import { unleashMurmur3 } from '@ballast/sdk/hashes'; registerHash(unleashMurmur3);";
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: consumer },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    write: false,
  });
  expect(outputFiles[0]?.text).toContain('unleash-murmur3');
  expect(outputFiles[0]?.text).not.toContain('flagd-fractional-v2');
  writeFileSync(join(consumer, 'hashes.ts'), contents);
  compileFile('hashes.ts', '--module', 'nodenext', '--noEmit');
});

it('says the version that the package has', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'sdk/package.json'), 'utf8'));
  expect(readFileSync(join(consumer, 'node_modules/@ballast/sdk/dist/node.js'), 'utf8')).toContain(`"${version}"`);
});
