// The figures of engine and client: evaluation beside the peers, what a store costs, what `run` adds.
import { reportOf } from './child.mjs';
import { clock } from './clock.mjs';
import { measureEvaluation, participants } from './evaluation.mjs';
import { short } from './statistics.mjs';
import { versionsOf } from './versions.mjs';

const TIMES_FASTER = 6;

function againstPeers({ title, figures, fastest, hasBar }) {
  const ours = figures.find(({ name }) => name === 'ballast');
  const ratio = fastest.ns / ours.ns;
  const what = `${title}, ns, beside ${participants[fastest.name].title}`;
  const bar = hasBar ? { bar: `≥ ${TIMES_FASTER}x`, met: ratio >= TIMES_FASTER } : { bar: null, met: null };
  return { what, ours: ours.ns, peer: fastest.ns, ratio, ...bar };
}

function atMost(what, ours, bar) {
  return { what, ours, peer: null, ratio: null, bar: `≤ ${bar}`, met: ours <= bar };
}

async function measureStore() {
  const rows = [];
  for (const [kind, title] of [
    ['split', 'a split each'],
    ['rules', 'three rules each'],
  ]) {
    const { heap, cold, prepare, fill, delta } = await reportOf('state.mjs', [kind], ['--expose-gc']);
    rows.push(
      atMost(`heap of 10 000 flags with ${title}, MB`, heap, 40),
      atMost(`time to prepare 10 000 flags with ${title}, ms`, prepare, 150),
      atMost('the same in a program that has just started, ms', cold, 150),
      atMost('the same with the checksum verified, ms', fill, 150),
      atMost(`a one-flag delta among 10 000 flags with ${title}, ms`, delta, 0.1),
    );
  }
  return rows;
}

function tableOf({ title, figures, fastest, rounds }) {
  const lines = figures.map(({ name, ns, low, high }) => {
    const ratio = name === fastest.name ? '1' : short(fastest.ns / ns);
    return `| ${participants[name].title} | ${short(ns)} | ${short(low)} … ${short(high)} | ${ratio} |`;
  });
  const head = [
    `| ns per evaluation, medians of ${rounds} rounds | median | lowest … highest | times the fastest peer |`,
    '|---|---|---|---|',
  ];
  return `### ${title}\n\n${[...head, ...lines].join('\n')}\n`;
}

/** Everything issue-worthy about engine and client: rows with their bars, and the tables behind them. */
export async function measureEngine() {
  const evaluation = await measureEvaluation();
  const { run } = await reportOf('overhead.mjs');
  const rows = [...evaluation.map(againstPeers), ...(await measureStore()), atMost('`run` around an empty function, ns', run, 1_000)];
  const versions = versionsOf(Object.values(participants).flatMap(({ packages }) => packages));
  const how = [
    'Each participant runs in a process of its own; only one of them is at work at a time, and they take turns in rounds of 0.25 s. Before it is timed, each',
    'is asked 100 000 times whether it lets half of the users in, and where there are rules, whether users with a known answer get it.',
    '4 096 users in turn; all flags in turn shows what the memory of 1 000 flags costs, one flag what evaluating costs; contexts made beforehand in the form the participant takes; no network; what the peers count and send is turned off,',
    `the client of Ballast counts. Clock: ${clock.name}.`,
  ].join(' ');
  return { rows, versions, text: `${how}\n\n${evaluation.map(tableOf).join('\n')}` };
}
