import type { FlagHealth, HealthQuery, ProjectHealth, ProjectHealthQuery } from '@ballast/api';
import { isStorable } from '@ballast/api';
import { STARTING_TARGETS } from '@ballast/slo';
import { Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import { Environments } from '../environments/index.js';
import { refuse } from '../errors.js';
import { type Coverage, Coverages } from './coverage.service.js';
import { groupOf, type HealthGround, loadOf, p95By, type Summed, sumOf } from './health.js';
import { type HealthFlag, type HealthRow, HealthView } from './health.view.js';
import { type HealthRange, healthRange, wholeRange } from './health-range.js';
import { serviceTag } from './objective.types.js';
import { type Percentiles, percentilesOf } from './packed-latencies.js';

const MOST_FLAGS = 200;
const IDLE = loadOf([]);

/** A flag in an environment by its names in a URL. */
export interface HealthPlace {
  readonly project: string;
  readonly flag: string;
  readonly environment: string;
}

/** The ten metrics of flags. */
@Injectable()
export class Health {
  constructor(
    private readonly environments: Environments,
    private readonly view: HealthView,
    private readonly coverages: Coverages,
    private readonly clock: Clock,
  ) {}

  /** Each variant of a flag beside its baseline. */
  async flag(place: HealthPlace, wanted: HealthQuery): Promise<FlagHealth> {
    const environment = await this.environments.environment(place.project, place.environment);
    const known = isStorable(place.flag) ? await this.view.flag(environment.projectId, environment.id, place.flag) : null;
    if (known === null) return refuse('flag.not_found', { flag: place.flag });
    const range = healthRange(timesOf(wanted), this.clock.now());
    const query = { ...range, environmentId: environment.id };
    const [rows, latencies, coverage] = await Promise.all([
      this.view.variants(query, place.flag),
      this.view.variantLatencies(query, place.flag),
      this.coverages.of({ ...range, environmentId: environment.id }),
    ]);
    const ground = groundOf(known.target ?? STARTING_TARGETS.successRate, coverage);
    const baseline = wanted.baseline ?? baselineOf(known, rows);
    const { flag, environment: key } = place;
    return {
      flag,
      environment: key,
      ...answered(range, ground),
      instances: coverage.instances,
      ...flagParts({ rows, percentiles: percentilesOf(latencies), baseline, ground, range, coverage }),
      objectives: [...known.objectives],
    };
  }

  /** All flags of an environment, or those of a tag or a service, together and one by one. */
  async project(project: string, wanted: ProjectHealthQuery): Promise<ProjectHealth> {
    const { id, projectId, key } = await this.environments.environment(project, wanted.environment);
    const range = wholeRange(timesOf(wanted), this.clock.now());
    const query = { ...range, environmentId: id };
    const tag = wanted.service === undefined ? (wanted.tag ?? null) : serviceTag(wanted.service);
    const [rows, all, coverage] = await Promise.all([
      this.view.flags(query, projectId, tag),
      this.view.allBuckets(query, projectId, tag),
      this.coverages.of({ ...range, environmentId: id }),
    ]);
    const shown = [...rows].sort((a, b) => badness(b) - badness(a) || b.exposures - a.exposures).slice(0, MOST_FLAGS);
    const names = shown.map(({ name }) => name);
    const p95s = p95By(names.length === 0 ? [] : await this.view.flagBuckets(query, names));
    const ground = groundOf(STARTING_TARGETS.successRate, coverage);
    const total = { ...sumOf(rows), p95Ms: p95By(all).get('') ?? null };
    return {
      project,
      environment: key,
      from: new Date(range.from).toISOString(),
      to: new Date(range.to).toISOString(),
      target: ground.target,
      instances: coverage.instances,
      total: groupOf(total, ground),
      flags: shown.map((row) => ({ flag: row.name, ...groupOf({ ...row, p95Ms: p95s.get(row.name) ?? null }, ground) })),
      isComplete: rows.length <= MOST_FLAGS,
    };
  }
}

function timesOf({
  from,
  to,
  ...rest
}: {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly step?: number | undefined;
}) {
  const at = (text: string | undefined) => (text === undefined ? undefined : Date.parse(text));
  return { from: at(from), to: at(to), step: rest.step };
}

function answered({ from, to, step }: HealthRange, { target }: HealthGround) {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString(), stepSeconds: step / 1_000, target };
}

function groundOf(target: number, { arrived, presence, loads }: Coverage): HealthGround {
  return { target, arrived, presence, load: loadOf(loads) };
}

/** What the others are shown beside: the off variant, else the safe one, else the one with the most exposures. */
function baselineOf({ offVariant, safeVariant }: HealthFlag, rows: readonly HealthRow[]): string {
  const seen = new Map<string, number>();
  for (const { name, exposures } of rows) seen.set(name, (seen.get(name) ?? 0) + exposures);
  const named = [offVariant, safeVariant].find((variant) => variant !== null && seen.has(variant));
  return named ?? [...seen].sort(([, a], [, b]) => b - a)[0]?.[0] ?? '';
}

interface FlagParts {
  readonly rows: readonly HealthRow[];
  readonly percentiles: Percentiles;
  readonly baseline: string;
  readonly ground: HealthGround;
  readonly range: HealthRange;
  readonly coverage: Coverage;
}

function flagParts(given: FlagParts): Pick<FlagHealth, 'baseline' | 'total' | 'variants' | 'series'> {
  const { rows, percentiles, baseline, ground } = given;
  const names = [...new Set(rows.map(({ name }) => name))].sort();
  const of = (name: string) => ({ ...sumOf(rows.filter((row) => row.name === name)), p95Ms: percentiles.ofName(name) });
  const base = names.includes(baseline) ? of(baseline) : undefined;
  return {
    baseline: baseline === '' ? null : baseline,
    total: groupOf({ ...sumOf(rows), p95Ms: percentiles.all }, ground),
    variants: names.map((name) => ({
      variant: name === '' ? null : name,
      isBaseline: name === baseline,
      ...groupOf(of(name), ground, name === baseline ? undefined : base),
    })),
    series: seriesOf(given),
  };
}

function seriesOf({ rows, percentiles, baseline, ground, range, coverage }: FlagParts): FlagHealth['series'] {
  const parts = rows.map((row) => ({ ...row, p95Ms: percentiles.of(row) }));
  const bases = new Map<number, Summed>(parts.filter(({ name }) => name === baseline).map((part) => [part.step, part]));
  const loads = new Map(coverage.loads.map((load) => [load.step, load]));
  return parts
    .sort((a, b) => a.step - b.step || (a.name < b.name ? -1 : 1))
    .map((part) => ({
      at: new Date(range.from + part.step * range.step).toISOString(),
      variant: part.name === '' ? null : part.name,
      ...groupOf(part, { ...ground, load: loads.get(part.step) ?? IDLE }, part.name === baseline ? undefined : bases.get(part.step)),
    }));
}

function badness({ ok, err }: HealthRow): number {
  return ok + err === 0 ? 0 : err / (ok + err);
}
