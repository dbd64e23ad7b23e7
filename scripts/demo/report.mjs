function percent(share) {
  return share === null ? '-' : `${(share * 100).toFixed(1)} %`;
}

function milliseconds(latency) {
  return latency === null ? '-' : `${latency.p95.toFixed(1)} ms`;
}

/** One line per variant: how often it was served and how it did. */
export function variantLines({ variants }) {
  return variants.map(({ variant, exposures, err, errorRate, latency }) => {
    const name = (variant ?? 'code default').padEnd(12);
    return `   ${name} ${String(exposures).padStart(7)} exposures  ${String(err).padStart(6)} errors  ${percent(errorRate).padStart(7)}  p95 ${milliseconds(latency)}`;
  });
}

/** One step of the story. */
export function say(text) {
  process.stdout.write(`${text}\n`);
}
