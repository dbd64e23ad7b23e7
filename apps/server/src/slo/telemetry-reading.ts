import { durationText, type HeardTraffic, type Senders, type TelemetryFinding, type TelemetryVerdict, telemetryGap } from '@ballast/slo';
import type { MaintenanceRow } from './maintenance.store.js';

/** Where maintenance may be declared for. */
export interface MaintainedPlace {
  readonly projectId: string;
  readonly environmentId: string;
  readonly flag: string | null;
}

/** What is known of the telemetry that an objective counts. */
export interface TelemetryReading {
  readonly verdict: TelemetryVerdict;
  /** Which telemetry is missing, for people; null unless it is. */
  readonly because: string | null;
  /** The stretch in which it is missing; 0 unless it is. */
  readonly spanMs: number;
  /** Whether that stretch touches declared maintenance: then it may be what was declared. */
  readonly isExcused: boolean;
}

/** Nothing is known, which resolves nothing and tells nobody. */
export const UNKNOWN_TELEMETRY: TelemetryReading = { verdict: 'unknown', because: null, spanMs: 0, isExcused: false };
/** It is there. */
export const HEARD_TELEMETRY: TelemetryReading = { verdict: 'heard', because: null, spanMs: 0, isExcused: false };

/** What several stretches of one flag amount to: a gap in any of them, else what the shortest knows, else that silence has a reason. */
export function readingOf(flag: string, stretches: readonly HeardTraffic[], senders: (spanMs: number) => Senders): TelemetryReading {
  const found = stretches.map((traffic) => ({ traffic, finding: telemetryGap(traffic, senders(traffic.spanMs)) }));
  const gap = found.find(({ finding }) => finding.verdict === 'gap');
  if (gap !== undefined) {
    const { spanMs } = gap.traffic;
    return { verdict: 'gap', because: sentenceOf(flag, gap.finding.loss, gap.traffic, senders(spanMs)), spanMs, isExcused: false };
  }
  // What arrived hours ago does not say that it arrives now.
  const isHeard = found.some(({ traffic, finding }, index) => finding.verdict === 'heard' && (index === 0 || traffic.seen === 0));
  return isHeard ? HEARD_TELEMETRY : UNKNOWN_TELEMETRY;
}

/** What the flags of an objective amount to. */
export function worstOf(readings: readonly TelemetryReading[]): TelemetryReading {
  const gaps = readings.filter(({ verdict }) => verdict === 'gap');
  return gaps.find(({ isExcused }) => !isExcused) ?? gaps[0] ?? readings.find(({ verdict }) => verdict === 'heard') ?? UNKNOWN_TELEMETRY;
}

/** A gap as maintenance lets it be seen: nobody is told of one that reaches into maintenance of its flag, also after that. */
export function inMaintenance(
  reading: TelemetryReading,
  place: MaintainedPlace,
  { maintenance, until }: { readonly maintenance: readonly MaintenanceRow[]; readonly until: number },
): TelemetryReading {
  if (reading.verdict !== 'gap') return reading;
  const isMeant = ({ projectId, environmentId, flag }: MaintenanceRow) =>
    projectId === place.projectId && (environmentId ?? place.environmentId) === place.environmentId && (flag ?? place.flag) === place.flag;
  const touches = ({ startsAt, endsAt }: MaintenanceRow) => startsAt.getTime() < until && endsAt.getTime() > until - reading.spanMs;
  return { ...reading, isExcused: maintenance.some((each) => isMeant(each) && touches(each)) };
}

function sentenceOf(flag: string, loss: TelemetryFinding['loss'], { seen, due, spanMs }: HeardTraffic, senders: Senders): string {
  const amount = `${seen === 0 ? 'none' : seen} of about ${Math.round(due ?? 0)} outcomes that are usual in ${durationText(spanMs)} arrived for ${flag}`;
  if (loss === 'outcomes') return `${amount}, though it is evaluated`;
  return `${amount}, and ${senders.silent} of ${senders.silent + senders.reporting} programs that are there report nothing`;
}
