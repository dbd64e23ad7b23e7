import { short } from '../statistics.mjs';
import { versionsOf } from '../versions.mjs';
import { measureFanOut } from './fan-out.mjs';
import { startPostgres } from './place.mjs';
import { measurePropagation } from './propagation.mjs';
import { measureRequests } from './requests.mjs';
import { measureWriting } from './writes.mjs';

const FAN_OUT = 1.5;
const MEGABYTE = 1e6;

function atMost(what, ours, bar, unit = '') {
  return { what, ours, peer: null, ratio: null, bar: `≤ ${bar}${unit}`, met: ours <= bar };
}

function atLeast(what, ours, bar, { isWhole = true } = {}) {
  return { what, ours, peer: null, ratio: null, bar: `≥ ${bar}`, met: ours >= bar && isWhole };
}

function propagationRows({ many }) {
  return [
    atMost('API accepted → applied in one SDK, 1 000 flags, ms, p50', many.accepted.p50, 5),
    atMost('the same, p99', many.accepted.p99, 25),
  ];
}

function fanOutRows({ idle, steps, used, back }) {
  const full = steps.at(-1);
  const ratio = full.ratio;
  const perClient = (of) => (Math.max(full[of], used[of]) - idle[of]) / full.clients / 1_000;
  return [
    {
      what: 'commit → applied in all of 10 000 clients, ms, beside a bare `ws` broadcast',
      ours: full.ours,
      peer: full.theirs,
      ratio,
      bar: `≤ ${FAN_OUT}x`,
      met: ratio <= FAN_OUT,
    },
    atMost('memory per idle connection above the idle server, kB of RSS', perClient('rss'), 25),
    atMost('the same, kB of heap', perClient('heapUsed'), 25),
    atMost('RSS with 10 000 idle connections, MB', full.rss / MEGABYTE, 450),
    atMost('10 000 clients back and current after a restart, s from its start', back.seconds, 30),
    atMost('snapshot queries of it per environment', back.queries / back.environments, 1),
  ];
}

function requestRows({ results, matching }) {
  const bars = { 1: 20, 1000: 10 };
  const rows = results.map(({ flags, ballast, peer }) => {
    const ratio = ballast.perSecond / peer.perSecond;
    const what = `snapshots of ${short(flags)} flag${flags === 1 ? '' : 's'} per second, beside Unleash`;
    return { what, ours: ballast.perSecond, peer: peer.perSecond, ratio, bar: `≥ ${bars[flags]}x`, met: ratio >= bars[flags] };
  });
  return [...rows, atLeast('answers to a matching ETag per second and core', matching.perCore, 10_000)];
}

function growth({ steps }, { one, many }) {
  const lines = steps.map(
    ({ clients, ours, theirs, first, cpu, rss, connecting }) =>
      `| ${short(clients)} | ${short(first)} | ${short(ours)} | ${short(theirs)} | ${short((cpu * 1_000) / clients)} | ${short(connecting * 1_000)} | ${short(rss / MEGABYTE)} |`,
  );
  const head = [
    '| clients | commit → first, ms | → last, ms | bare broadcast → last, ms | µs of the server per client and change | … per client that connects | RSS, MB |',
    '|---|---|---|---|---|---|---|',
  ];
  const flags = [one, many].map(({ sent, accepted, committed, bytes }, i) => {
    const cells = [sent, accepted, committed].map(({ p50, p99 }) => `${short(p50)} / ${short(p99)}`);
    return `| ${i === 0 ? '1' : '1 000'} | ${cells.join(' | ')} | ${bytes} |`;
  });
  const flagHead = [
    '| flags | sent → applied, ms, p50 / p99 | accepted → applied | commit → applied | bytes of a delta |',
    '|---|---|---|---|---|',
  ];
  return `### More clients\n\n${[...head, ...lines].join('\n')}\n\n### More flags\n\n${[...flagHead, ...flags].join('\n')}`;
}

const HOW = `Everything on loopback, one PostgreSQL with its ordinary durability, servers as \`npm start\` runs them. The thin clients keep a snapshot each, parse and apply every
delta and answer it with a receipt; they do the same for Ballast and for the bare server, which hears of its broadcast by a commit and LISTEN as well. Commits are timed by
PostgreSQL (\`track_commit_timestamp\`). Both sides take turns; the ratio is the median of the ratios of neighbours. Memory is measured after the garbage is gone. All connections of the load generator come from addresses of
their own, ask for gzip and wait for each answer. A tenth of the clients that come back after a restart hold nothing, the others are two changes behind.`;

/** Everything that issue-worthy streams promise: rows with their bars, and how the figures grow. */
export async function measureStream(say) {
  const postgres = await startPostgres();
  const step = (what, measure) => {
    say(`Measuring ${what} …`);
    return measure(postgres);
  };
  try {
    const writing = await step('writes', measureWriting);
    const requests = await step('requests', measureRequests);
    const propagation = await step('propagation', measurePropagation);
    const fanOut = await step('10 000 clients', measureFanOut);
    const rows = [
      ...propagationRows(propagation),
      ...fanOutRows(fanOut),
      atMost('delta of one changed flag of 1 000, bytes', propagation.many.bytes, 1_000),
      ...requestRows(requests),
      atLeast('commits per second at the ledger, 8 writers', writing.ledger.perSecond, 500, writing.ledger),
      atLeast('writes per second through the API, 8 writers', writing.api.perSecond, 200, writing.api),
    ];
    return { rows, versions: versionsOf(['unleash-server', 'ws', 'pg']), text: `${HOW}\n\n${growth(fanOut, propagation)}\n` };
  } finally {
    await postgres.stop();
  }
}
