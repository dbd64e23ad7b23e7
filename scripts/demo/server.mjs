// The server as it is, but for its clock, which goes as fast as the time of the demo.
import { pathToFileURL } from 'node:url';
import { build } from '../build.mjs';
import { install } from '../install.mjs';
import { endWithNpm } from '../npm-parent.mjs';
import { root } from '../step.mjs';
import { SPEED, timeOf } from './time.mjs';

endWithNpm();
await install();
await build({ checkTypes: false });
const server = pathToFileURL(`${root}/apps/server/dist/`);
const { Clock } = await import(new URL('clock.js', server).href);
const { run } = await import(new URL('run.js', server).href);

class DemoClock extends Clock {
  now = timeOf(process.env, Date.now);

  wait(ms) {
    return ms / SPEED;
  }
}

await run({
  env: process.env,
  folder: process.cwd(),
  print: (text) => process.stdout.write(`${text}\n`),
  printError: (text) => process.stderr.write(`${text}\n`),
  exit: (code) => process.exit(code),
  onSignal: (stop) => {
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  },
  clock: new DemoClock(),
});
