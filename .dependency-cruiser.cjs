/** Rooms of the server, in the order data walks through them. A room may import only rooms to its left. */
const rooms = [
  'settings',
  'database',
  'changes',
  'access',
  'environments',
  'segments',
  'flags',
  'runtime-config',
  'snapshots',
  'streaming',
  'telemetry',
  'slo',
  'rollouts',
  'incidents',
  'lifecycle',
  'audit',
  'alerts',
  'imports',
  'reference',
  'health',
];
const src = '^apps/server/src/';
const noUpstream = rooms.slice(0, -1).map((room, i) => ({
  name: `${room}-looks-only-left`,
  severity: 'error',
  from: { path: `${src}${room}/` },
  to: { path: `${src}(${rooms.slice(i + 1).join('|')})/` },
}));
const test = '\\.(spec|bench)\\.tsx?$';
/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...noUpstream,
    {
      name: 'enter-by-the-door',
      severity: 'error',
      from: { path: `${src}([^/]+)/` },
      to: { path: `${src}[^/]+/.+`, pathNot: [`${src}$1/`, `${src}[^/]+/index\\.ts$`, `${src}(settings|generated)/`] },
    },
    {
      name: 'only-stores-and-views-touch-the-database',
      severity: 'error',
      from: { path: src, pathNot: [`${src}(database|generated)/`, '\\.(store|view)\\.ts$', test, 'app\\.module\\.ts$', '\\.module\\.ts$'] },
      to: { path: `${src}(generated/|database/prisma)` },
    },
    { name: 'no-cycles', severity: 'error', from: { pathNot: '/generated/' }, to: { circular: true } },
    {
      name: 'evaluation-imports-nothing',
      severity: 'error',
      from: { path: '^libs/evaluation/src', pathNot: test },
      to: { pathNot: '^libs/evaluation/src' },
    },
    {
      name: 'slo-imports-nothing-but-itself',
      severity: 'error',
      from: { path: '^libs/slo/src', pathNot: test },
      to: { pathNot: '^libs/slo/src' },
    },
    {
      name: 'protocol-knows-only-evaluation',
      severity: 'error',
      from: { path: '^libs/protocol/src', pathNot: test },
      to: { pathNot: '^(libs/(protocol|evaluation)|node_modules/@ballast/evaluation)/' },
    },
    {
      name: 'sdk-knows-only-evaluation-and-protocol',
      severity: 'error',
      from: { path: '^sdk/src/', pathNot: test },
      to: { path: '^(apps|prisma|libs/(?!evaluation|protocol))' },
    },
    { name: 'apps-never-import-apps', severity: 'error', from: { path: '^apps/([^/]+)/' }, to: { path: '^apps/', pathNot: '^apps/$1/' } },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.base.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules|/dist/' },
    exclude: { path: '/generated/.*/generated/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['@ballast/source', 'import', 'types', 'default'] },
  },
};
