import type { Indicator } from '../objective.js';
import type { Fields } from './fields.js';
import { MOST_DESCRIPTION, OWN_SOURCE, PROMETHEUS_SOURCE } from './words.js';

/** The indicator of an SLI's spec; null when it was refused. */
export function readIndicator(spec: Fields): Indicator | null {
  spec.text('description', MOST_DESCRIPTION);
  const [ratio, threshold] = [spec.child('ratioMetric'), spec.has('thresholdMetric')];
  if ((ratio !== undefined) === threshold) return refuse(spec, null, 'needs exactly one of ratioMetric and thresholdMetric');
  if (ratio === undefined) return refuse(spec, 'thresholdMetric', 'is not supported: only ratios of counts are');
  if (ratio.has('raw')) return refuse(ratio, 'raw', 'is not supported: a ratio without its counts has no budget');
  if (ratio.boolean('counter') === false) ratio.warn('counter', 'is read as true: only counts are supported');
  return readRatio(ratio);
}

function readRatio(ratio: Fields): Indicator | null {
  const [good, bad, total] = [ratio.child('good'), ratio.child('bad'), ratio.child('total')];
  if (total === undefined || (good === undefined) === (bad === undefined))
    return refuse(ratio, null, 'needs total and exactly one of good and bad');
  const counted = readSource(good ?? bad ?? total);
  const whole = readSource(total);
  if (counted === null || whole === null) return null;
  if (counted.kind === 'prometheus' && whole.kind === 'prometheus') {
    return { kind: 'promql', counts: good === undefined ? 'bad' : 'good', query: counted.query, total: whole.query };
  }
  if (counted.kind === 'own' && whole.kind === 'own' && good !== undefined) return ownIndicator(ratio, counted.spec, whole.spec);
  return refuse(ratio, null, 'is no pair of sources that Ballast can compare');
}

type Source = { readonly kind: 'prometheus'; readonly query: string } | { readonly kind: 'own'; readonly spec: Fields };

function readSource(metric: Fields): Source | null {
  const source = metric.child('metricSource');
  const spec = source?.child('spec');
  if (source === undefined || spec === undefined) return refuse(metric, null, 'needs a metricSource with a spec');
  const type = source.text('type') ?? PROMETHEUS_SOURCE;
  if (type === OWN_SOURCE) return { kind: 'own', spec };
  if (type.toLowerCase() !== PROMETHEUS_SOURCE.toLowerCase())
    return refuse(source, 'type', `must be ${PROMETHEUS_SOURCE} or ${OWN_SOURCE}`);
  const written = spec.text('query')?.replaceAll(/\{\{\s*\.window\s*\}\}/g, '$window');
  const query = written?.replaceAll(/\brate\s*\(/g, 'increase(');
  if (query !== written) spec.warn('query', 'rate() is read as increase(), which counts');
  if (query?.includes('$window') === true) return { kind: 'prometheus', query };
  return refuse(spec, 'query', 'must contain $window, which stands for the range');
}

function ownIndicator(ratio: Fields, good: Fields, total: Fields): Indicator | null {
  const [counted, whole] = [good.text('count'), total.text('count')];
  if (whole === 'outcomes' && counted === 'successes') return { kind: 'success' };
  if (whole === 'outcomes' && counted === 'fast') return { kind: 'latency', thresholdMs: good.number('thresholdMs') ?? Number.NaN };
  const event = good.text('event') ?? '';
  if (counted === 'events' && whole === 'exposures') return { kind: 'business', good: event, total: null };
  if (counted === 'events' && whole === 'events') return { kind: 'business', good: event, total: total.text('event') ?? '' };
  return refuse(ratio, null, `has no counts of Ballast: ${counted} of ${whole}`);
}

function refuse(fields: Fields, key: string | null, message: string): null {
  fields.refuse(key, message);
  return null;
}
