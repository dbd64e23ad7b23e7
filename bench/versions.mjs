import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

function versionAt(path) {
  return JSON.parse(readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8')).version;
}

/** What was measured on what. */
export function versionsOf(packages) {
  const versions = {
    node: process.version,
    cpu: `${cpus()[0]?.model.trim()} × ${cpus().length}`,
    '@ballast/sdk': versionAt('../sdk/package.json'),
  };
  for (const name of packages) versions[name] = versionAt(`node_modules/${name}/package.json`);
  return versions;
}
