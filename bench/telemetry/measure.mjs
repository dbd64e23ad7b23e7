import { startPostgres } from '../stream/place.mjs';
import { versionsOf } from '../versions.mjs';
import { measureAcknowledged } from './acknowledged.mjs';
import { measureDisk } from './disk.mjs';
import { measureExactness } from './exactness.mjs';

const BATCHES = 100_000;
const FASTER = 3;
const MEGABYTE = 1e6;

function rowsOf({ acknowledged, exact, disk }) {
  const ratio = acknowledged.ours / acknowledged.peer;
  return [
    {
      what: 'batches of 20 series per second, acknowledged after the commit, beside Unleash, before any write',
      ours: acknowledged.ours,
      peer: acknowledged.peer,
      ratio,
      bar: `≥ ${FASTER}x`,
      met: ratio >= FASTER,
    },
    { what: 'the same with latencies', ours: acknowledged.timed, peer: null, ratio: null, bar: null, met: null },
    {
      what: '100 000 batches, three of ten twice, by 8 clients, the server killed twice: counts that are off',
      ours: exact.off,
      peer: null,
      ratio: null,
      bar: '0',
      met: exact.off === 0 && exact.killed === 2,
    },
    {
      what: 'disk of a million evaluations of 100 flags in ten minutes, MB',
      ours: disk.perMillion / MEGABYTE,
      peer: null,
      ratio: null,
      bar: null,
      met: null,
    },
    {
      what: 'disk of 100 flags that never rest, default retention, at most, MB',
      ours: disk.ceiling / MEGABYTE,
      peer: null,
      ratio: null,
      bar: null,
      met: null,
    },
  ];
}

function textOf({ exact, disk }) {
  const lines = disk.levels.map(
    ({ table, rows, bytes, perRow, ceiling }) =>
      `| \`${table}\` | ${rows} | ${(bytes / MEGABYTE).toFixed(1)} | ${Math.round(perRow)} | ${Math.round(ceiling / MEGABYTE)} |`,
  );
  return `Both servers run, each with the same PostgreSQL; one of them is written to at a time, in turn, on 200 connections. Ours answers when the counters of all four
resolutions are committed; Unleash adds to its memory and writes later. Its toggles carry what our rows do: how often yes, how often no; ours with latencies is what it has no counterpart for.

Of the ${exact.batches} batches ${exact.acknowledged - exact.batches} were delivered twice on purpose; the server was killed ${exact.killed} times, and ${exact.tries - exact.acknowledged} deliveries had to be
repeated because of it. It took ${Math.round(exact.seconds)} s. "Off" adds up the differences of evaluations, outcomes, failures and timed outcomes at every resolution.

Disk goes by series and time, not by evaluations: a series that counts in a slot has one row there, whatever it counts. The ceiling is what 100 flags with two variants
take that are evaluated in every slot, at the rows' sizes below, when partitions have begun to go as fast as they come; it stays there.

| table | rows of the million | MB | bytes per row | MB at most |
|---|---|---|---|---|
${lines.join('\n')}
`;
}

/** All figures of telemetry; `say` hears what is measured. */
export async function measureTelemetry(say) {
  const postgres = await startPostgres();
  try {
    say('Batches per second, beside Unleash …');
    const acknowledged = await measureAcknowledged(postgres);
    say('Counting while the server is killed …');
    const exact = await measureExactness(postgres, BATCHES);
    say('Disk …');
    const disk = await measureDisk(postgres);
    const found = { acknowledged, exact, disk };
    return { rows: rowsOf(found), versions: versionsOf(['unleash-server']), text: textOf(found) };
  } finally {
    await postgres.stop();
  }
}
