import { pathToFileURL } from 'node:url';
import { build } from '../build.mjs';
import { install } from '../install.mjs';
import { say } from '../step.mjs';

/** If this script was called (and not imported): brings the checkout up to date, works, and prints a report as JSON, or one line of what is wrong. */
export async function whenCalled(script, work) {
  if (process.argv[1] === undefined || script !== pathToFileURL(process.argv[1]).href) return;
  try {
    await install();
    await build({ checkTypes: false });
    console.log(JSON.stringify(await work()));
  } catch (error) {
    say(error.message);
    process.exitCode = 1;
  }
}
