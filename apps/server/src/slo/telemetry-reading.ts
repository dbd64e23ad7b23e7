import { durationText, type HeardTraffic, type Senders, type TelemetryFinding, type TelemetryVerdict, telemetryGap } from '@ballast/slo';

/** What is known of the telemetry that an objective counts. */
export interface TelemetryReading {
  readonly verdict: TelemetryVerdict;
  /** Which telemetry is missing, for people; null unless it is. */
  readonly because: string | null;
}

/** Nothing is known, which resolves nothing and tells nobody. */
export const UNKNOWN_TELEMETRY: TelemetryReading = { verdict: 'unknown', because: null };
/** It is there. */
export const HEARD_TELEMETRY: TelemetryReading = { verdict: 'heard', because: null };

/** What several stretches of one flag amount to: a gap in any of them, else what the shortest knows, else that silence has a reason. */
export function readingOf(flag: string, stretches: readonly HeardTraffic[], senders: (spanMs: number) => Senders): TelemetryReading {
  const found = stretches.map((traffic) => ({ traffic, finding: telemetryGap(traffic, senders(traffic.spanMs)) }));
  const gap = found.find(({ finding }) => finding.verdict === 'gap');
  if (gap !== undefined) return { verdict: 'gap', because: sentenceOf(flag, gap.finding.loss, gap.traffic, senders(gap.traffic.spanMs)) };
  // What arrived hours ago does not say that it arrives now.
  const isHeard = found.some(({ traffic, finding }, index) => finding.verdict === 'heard' && (index === 0 || traffic.seen === 0));
  return isHeard ? HEARD_TELEMETRY : UNKNOWN_TELEMETRY;
}

/** What the flags of an objective amount to. */
export function worstOf(readings: readonly TelemetryReading[]): TelemetryReading {
  return readings.find(({ verdict }) => verdict === 'gap') ?? readings.find(({ verdict }) => verdict === 'heard') ?? UNKNOWN_TELEMETRY;
}

function sentenceOf(flag: string, loss: TelemetryFinding['loss'], { seen, due, spanMs }: HeardTraffic, senders: Senders): string {
  const amount = `${seen === 0 ? 'none' : seen} of about ${Math.round(due ?? 0)} outcomes that are usual in ${durationText(spanMs)} arrived for ${flag}`;
  if (loss === 'outcomes') return `${amount}, though it is evaluated`;
  return `${amount}, and ${senders.silent} of ${senders.silent + senders.reporting} programs that are there report nothing`;
}
