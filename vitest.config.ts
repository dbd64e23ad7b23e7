import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

// Vitest hands these conditions to Node too, which cannot load what some packages offer to bundlers under `module`.
const conditions = ['@ballast/source', ...defaultServerConditions.filter((condition) => condition !== 'module')];
const sourceFirst = { resolve: { conditions }, noExternal: [/^@ballast\//] };

export default defineConfig({
  ssr: sourceFirst,
  test: {
    // Most tests wait for servers, sockets and timers: more at once than there are cores.
    maxWorkers: 3,
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['{libs,apps}/*/src/**/*.spec.ts', 'sdk/src/**/*.spec.ts', 'scripts/**/*.spec.ts'] },
      },
      { extends: true, test: { name: 'conformance', include: ['test/conformance/**/*.spec.ts'] } },
      {
        extends: true,
        test: {
          name: 'system',
          include: ['test/system/**/*.spec.ts'],
          globalSetup: ['test/harness/global-setup.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'faults',
          include: ['test/faults/**/*.spec.ts'],
          globalSetup: ['test/harness/global-setup.ts'],
          testTimeout: process.env.BALLAST_FAULTS === 'long' ? 3_600_000 : 300_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/browser/**/*.spec.ts'],
          globalSetup: ['test/harness/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
