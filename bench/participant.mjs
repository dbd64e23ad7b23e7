// One participant and one job in a process of its own, so that nobody's compiled code suffers from what another one runs.
import { clock } from './clock.mjs';
import { certain, FLAGS, flagKeys, jobs, USERS } from './jobs.mjs';

const WARM_UP_MS = 1_000;
const ROUND_MS = 250;
const TOLERANCE = 0.01;

const [, , name, jobName] = process.argv;
const job = jobs[jobName];
const { start, isAsync = false } = await import(`./participants/${name}.mjs`);
const participant = await start(job.flags, job.stage);
const contexts = Array.from({ length: USERS }, (_, i) => participant.contextOf(job.userAt(i)));

async function verifyCertain() {
  const { ask, contextOf } = participant;
  for (const { user, answer } of certain) {
    const given = await ask(flagKeys[0], contextOf(user));
    if (given !== answer) throw new Error(`${name} answers ${given} to user ${user.id}`);
  }
}

/** Half of the users are in, counted over many flags. */
async function verifyShare() {
  let asked = 0;
  let isIn = 0;
  for (let flag = 0; flag < FLAGS; flag += 40) {
    for (const context of contexts) {
      asked++;
      if ((await participant.ask(flagKeys[flag], context)) === true) isIn++;
    }
  }
  const share = isIn / asked;
  if (Math.abs(share - 0.5) > TOLERANCE) throw new Error(`${name} lets a share of ${share} in`);
}

function loop(times) {
  const { ask } = participant;
  const { asked } = job;
  let isIn = 0;
  for (let i = 0, flag = 0; i < times; i++) {
    if (ask(flagKeys[flag], contexts[i & (USERS - 1)])) isIn++;
    if (++flag === asked) flag = 0;
  }
  return isIn;
}

async function asyncLoop(times) {
  const { ask } = participant;
  const { asked } = job;
  let isIn = 0;
  for (let i = 0, flag = 0; i < times; i++) {
    if (await ask(flagKeys[flag], contexts[i & (USERS - 1)])) isIn++;
    if (++flag === asked) flag = 0;
  }
  return isIn;
}

/** Nanoseconds per evaluation over so many of them. */
async function round(times) {
  const began = clock.now();
  if (isAsync) await asyncLoop(times);
  else loop(times);
  return (clock.now() - began) / times;
}

async function warmUp() {
  let ns = await round(20_000);
  for (let spent = 0; spent < WARM_UP_MS; spent += (ns * 20_000) / 1e6) ns = await round(20_000);
  return Math.max(1_000, Math.round((ROUND_MS * 1e6) / ns));
}

// Nobody is timed who does not do the work.
if (job.flags === 'rules') await verifyCertain();
await verifyShare();
const times = await warmUp();
process.on('message', async (message) => {
  if (message === 'round') process.send({ ns: await round(times) });
  else {
    await participant.stop();
    process.exit(0);
  }
});
process.send({ ready: true });
