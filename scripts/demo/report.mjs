const NOTHING = '-';

function percent(share) {
  return share === null ? NOTHING : `${(share * 100).toFixed(1)} %`;
}

function milliseconds(ms) {
  return ms === null ? NOTHING : `${ms.toFixed(1)} ms`;
}

/** One line per variant: how often it was served and how it did. */
export function variantLines({ variants }) {
  return variants.map(({ variant, exposures, err, errorRate, latency }) => {
    const name = (variant ?? 'code default').padEnd(12);
    const p95 = milliseconds(latency?.p95 ?? null);
    return `   ${name} ${String(exposures).padStart(7)} evaluations  ${String(err).padStart(6)} errors  ${percent(errorRate).padStart(7)}  p95 ${p95}`;
  });
}

/** Rows as a table: the first column is text, the others are numbers. */
function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => {
    const cells = row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])));
    return `   ${cells.join('   ')}`.trimEnd();
  });
}

function signed(delta, digits) {
  const text = (delta * 100).toFixed(digits);
  return delta < 0 ? text : `+${text}`;
}

function beside(metrics, baseline) {
  const { successRate, latencyDelta } = metrics;
  const known = successRate !== null && baseline !== undefined && baseline.metrics.successRate !== null;
  const success = known ? `${signed(successRate - baseline.metrics.successRate, 1)} points` : NOTHING;
  return [success, latencyDelta === null ? NOTHING : `${signed(latencyDelta, 0)} %`];
}

/** How each variant does, beside the baseline: the one that is served when the flag is off. */
export function healthLines({ variants }) {
  const inOrder = [...variants].sort((a, b) => Number(b.isBaseline) - Number(a.isBaseline));
  const baseline = variants.find(({ isBaseline }) => isBaseline);
  const rows = inOrder.map(({ variant, isBaseline, counts, metrics }) => [
    `${variant ?? 'code default'}${isBaseline ? ' (baseline)' : ''}`,
    String(counts.exposures),
    percent(metrics.successRate),
    milliseconds(metrics.p95Ms),
    ...(isBaseline ? ['', ''] : beside(metrics, baseline)),
  ]);
  return table([['variant', 'evaluations', 'success', 'p95', 'success vs baseline', 'p95 vs baseline'], ...rows]);
}

/** One message about alerts, as a person would want to read it. */
export function alertLines({ type, timestamp, data }) {
  const [{ summary, since }] = data.alerts;
  const clock = (iso) => iso.slice(11, 16);
  const lines = [`   ${clock(timestamp)}  ${type}  ${summary}`];
  if (type !== 'alert.firing') return lines;
  return [
    ...lines,
    `          since ${clock(since)}; changed in the hour before:`,
    ...data.changes.slice(0, 3).map(({ at, actor, action, key }) => `          ${clock(at)}  ${action} ${key} by ${actor}`),
  ];
}

/** One step of the story. */
export function say(text) {
  process.stdout.write(`${text}\n`);
}
