// What `run` adds to an empty function: the evaluation, the counts and the two looks at the clock. Reports by message.
import { createClient } from '../sdk/dist/node.js';
import { clock } from './clock.mjs';
import { flagKeys, jobs, USERS } from './jobs.mjs';
import { contextOf, snapshotOf } from './participants/ballast-flags.mjs';
import { median } from './statistics.mjs';

const ROUNDS = 15;
const TIMES = 200_000;

const client = createClient({ url: 'http://127.0.0.1:9', key: 'sdk-key', bootstrap: snapshotOf('split'), logger: null });
const contexts = Array.from({ length: USERS }, (_, i) => contextOf(jobs.split.userAt(i)));
const branches = { on: () => 1, off: () => 0 };

function nanoseconds(once) {
  const began = clock.now();
  for (let i = 0, flag = 0; i < TIMES; i++) {
    once(flagKeys[flag], contexts[i & (USERS - 1)]);
    if (++flag === flagKeys.length) flag = 0;
  }
  return (clock.now() - began) / TIMES;
}

const run = [];
const plain = [];
for (let i = 0; i < ROUNDS; i++) {
  run.push(nanoseconds((key, context) => client.run(key, context, branches)));
  plain.push(nanoseconds(() => branches.on()));
}
await client.close();
process.send({ run: median(run) - median(plain) });
