import { existsSync } from 'node:fs';

/** Path of a Chromium on this machine, or null. */
export function chromium() {
  return ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path)) ?? null;
}
