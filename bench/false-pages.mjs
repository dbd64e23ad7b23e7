// False pages and detection times of the burn-rate rules, by simulation with fixed seeds: the decisions are those of libs/slo, the minutes are drawn.
import { pathToFileURL } from 'node:url';
import { build } from '../scripts/build.mjs';
import { say } from '../scripts/step.mjs';

const RUNS = 1000;
const DAYS = 30;
const TARGET = 0.99;
const HEALTHY = 0.005;
const SEED = 20261122;
/** The figures that ours are held against are taken for means of sixty months each, since every one of them is a multiple of 1/60. */
const REFERENCE_RUNS = 60;

const POLICIES = [
  { name: 'google page', preset: 'google-30d', severity: 'page' },
  { name: 'default page', preset: 'default', severity: 'page' },
  { name: 'default ticket', preset: 'default', severity: 'ticket' },
];
/** Expected alerts per 30 days with the guard, in the order of the policies; null where none was published. */
const EXPECTED = { 6: [0, 0.57, 0.38], 60: [0, 0, 0], 600: [null, 0, null], 6000: [0, 0, null] };

/** Healthy service: alerts per 30 days for each rate of requests and each policy. */
async function falsePages() {
  const { simulateEpisodes } = await import('@ballast/slo/simulation');
  return Object.entries(EXPECTED).flatMap(([rate, expected]) => {
    say(`  ${rate} requests an hour, healthy …`);
    const traffic = { requestsPerHour: Number(rate), errorRatio: HEALTHY };
    const found = simulateEpisodes(traffic, rules, { runs: RUNS, days: DAYS, seed: SEED + Number(rate) });
    return found.map(({ mean, standardError }, i) => {
      const bound = 3 * deviation(standardError, expected[i] ?? 0);
      const within = expected[i] === null || Math.abs(mean - expected[i]) <= bound;
      return { rate: Number(rate), policy: POLICIES[i].name, mean, standardError, expected: expected[i], bound, within };
    });
  });
}

/** Standard error of the difference between our mean and the expected one; counts of rare alerts vary like Poisson's. */
function deviation(standardError, expected) {
  const ours = Math.max(standardError, Math.sqrt(Math.max(expected, 1 / RUNS) / RUNS));
  return Math.hypot(ours, Math.sqrt(Math.max(expected, 1 / REFERENCE_RUNS) / REFERENCE_RUNS));
}

/** Incidents after six healthy hours: minutes until the default page fires. */
async function detection() {
  const { detectionMs, MINUTE } = await import('@ballast/slo');
  const { simulateDetection } = await import('@ballast/slo/simulation');
  const page = rules[1];
  const cases = [60, 600, 6000].flatMap((rate) => [0.1, 0.5, 1].map((errorRatio) => ({ rate, errorRatio })));
  return cases.map(({ rate, errorRatio }) => {
    const before = { requestsPerHour: rate, errorRatio: HEALTHY };
    const delays = simulateDetection({ before, errorRatio, policy: page }, { runs: RUNS, days: 0.25, seed: SEED + rate });
    const closedForm = detectionMs(page.rules[0], 1 - TARGET, errorRatio) / MINUTE;
    const bar = rate >= 600 ? closedForm + 1 : errorRatio === 1 ? 7 : null;
    return { rate, errorRatio, ...delays, closedForm, bar, within: bar === null || delays.median <= bar };
  });
}

let rules = [];

/** Both tables. */
export async function simulateAlerts() {
  await build();
  const { presetRules, DAY } = await import('@ballast/slo');
  rules = POLICIES.map(({ preset, severity }) => ({
    target: TARGET,
    rules: presetRules(preset, DAYS * DAY).filter((rule) => rule.severity === severity),
  }));
  return { runs: RUNS, days: DAYS, seed: SEED, falsePages: await falsePages(), detection: await detection() };
}

/** Rows for the report: those that something is asked of. */
export function alertRows({ runs, falsePages, detection }) {
  const pages = falsePages
    .filter(({ expected }) => expected !== null)
    .map(({ rate, policy, mean, expected, bound, within }) => ({
      what: `alerts of a healthy service in 30 days, ${policy}, ${rate} requests an hour, mean of ${runs} runs`,
      ours: mean,
      peer: null,
      ratio: null,
      bar: `${expected} ± ${bound.toFixed(3)}`,
      met: within,
    }));
  const minutes = detection
    .filter(({ bar }) => bar !== null)
    .map(({ rate, errorRatio, median, bar, within }) => ({
      what: `minutes until the page fires, ${errorRatio * 100} % errors, ${rate} requests an hour, median`,
      ours: median,
      peer: null,
      ratio: null,
      bar: `≤ ${bar.toFixed(1)}`,
      met: within,
    }));
  return [...pages, ...minutes];
}

/** The tables as Markdown. */
export function alertTables({ runs, days, falsePages, detection }) {
  const verdict = (within) => (within ? 'yes' : '**no**');
  return [
    `Alerts per ${days} days of a healthy service (errors 0.5 %, objective 99 %), mean of ${runs} runs ± standard error:`,
    '',
    '| requests/h | policy | alerts | expected | within 3 standard errors |',
    '|---|---|---|---|---|',
    ...falsePages.map(
      ({ rate, policy, mean, standardError, expected, within }) =>
        `| ${rate} | ${policy} | ${mean.toFixed(3)} ± ${standardError.toFixed(3)} | ${expected ?? '–'} | ${expected === null ? '–' : verdict(within)} |`,
    ),
    '',
    'The expected figures are all multiples of 1/60 and taken for means of sixty months; the bound is three standard errors of the difference.',
    '',
    `Minutes until the default page fires, of ${runs} incidents each:`,
    '',
    '| requests/h | errors | median | 90th percentile | closed form | bar | met by the median |',
    '|---|---|---|---|---|---|---|',
    ...detection.map(
      ({ rate, errorRatio, median, p90, closedForm, bar, within }) =>
        `| ${rate} | ${errorRatio * 100} % | ${median ?? 'unseen'} | ${p90 ?? 'unseen'} | ${closedForm.toFixed(1)} | ${bar?.toFixed(1) ?? '–'} | ${bar === null ? '–' : verdict(within)} |`,
    ),
    '',
  ].join('\n');
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const figures = await simulateAlerts();
  process.stdout.write(alertTables(figures));
  if (![...figures.falsePages, ...figures.detection].every(({ within }) => within)) process.exitCode = 1;
}
