import { type AdminServe, toThousandths, WHOLE } from '@ballast/api';
import type { Flag, Serve, Split } from '@ballast/evaluation';
import type { FlagConfig, FlagRecord } from './flag.types.js';

/** What decides how a flag is served, apart from its configuration. */
export type FlagDefinition = Pick<FlagRecord, 'key' | 'type' | 'variants' | 'safeVariant' | 'metadata' | 'salt'>;

/** What is compiled: one flag in one environment at one revision. */
export interface Compilation {
  readonly flag: FlagDefinition;
  readonly config: FlagConfig;
  readonly killed: boolean;
  readonly version: number;
}

type AdminSplit = Extract<AdminServe, { split: unknown }>['split'];
type Percentages = Extract<AdminSplit, { percentages: unknown }>;
type Hashed = Extract<AdminSplit, { weights: unknown }>;

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}

/** Percentages as share, weights and rest; the weights are reduced, so that only their proportion counts. */
function compilePercentages(split: Percentages, salt: string, offVariant: string | null): Split {
  const { by = 'targetingKey', percentages } = split;
  const parts = percentages.map(({ variant, percent }) => ({ variant, weight: toThousandths(percent) ?? 0 }));
  const shown = parts.filter(({ weight }) => weight > 0);
  const listedOff = parts.find(({ variant }) => variant === offVariant)?.variant;
  const rest = shown.length === 1 ? null : (split.rest ?? listedOff ?? parts.at(-1)?.variant ?? null);
  const others = shown.filter(({ variant }) => variant !== rest);
  const share = others.reduce((sum, { weight }) => sum + weight, 0);
  const common = others.reduce((found, { weight }) => divisor(found, weight), 0) || 1;
  return {
    by,
    hash: 'native',
    salt,
    share,
    weights: others.map(({ variant, weight }): [string, number] => [variant, weight / common]),
    rest: share === WHOLE ? null : rest,
  };
}

/** An imported split as it is: its own salt, and weights whose total the hash may count with. */
function compileHashed({ by = 'targetingKey', hash, salt, percent = 100, weights, rest = null }: Hashed): Split {
  const share = toThousandths(percent) ?? 0;
  return { by, hash, salt, share, weights: weights.map(({ variant, weight }) => [variant, weight]), rest };
}

/** What the engine serves for what people chose. */
export function compileServe(serve: AdminServe, salt: string, offVariant: string | null): Serve {
  if ('variant' in serve) return { variant: serve.variant };
  const { split } = serve;
  return { split: 'weights' in split ? compileHashed(split) : compilePercentages(split, salt, offVariant) };
}

/** The variant a kill serves: the flag's safe variant, else the off variant of the environment; null: the code default. */
export function killedVariant(flag: Pick<FlagDefinition, 'safeVariant'>, config: Pick<FlagConfig, 'offVariant'>): string | null {
  return flag.safeVariant ?? config.offVariant;
}

/** One flag as the engine evaluates it. */
export function compileFlag({ flag, config, killed, version }: Compilation): Flag {
  const serveOf = (serve: AdminServe) => compileServe(serve, flag.salt, config.offVariant);
  return {
    key: flag.key,
    version,
    type: flag.type,
    state: killed ? 'killed' : config.on ? 'on' : 'off',
    variants: flag.variants,
    offVariant: killed ? killedVariant(flag, config) : config.offVariant,
    prerequisites: config.prerequisites.map(({ flag: key, variants }) => ({ flag: key, variants })),
    rules: config.rules.map(({ id, when, serve }) => ({ id, when, serve: serveOf(serve) })),
    default: config.default === null ? null : serveOf(config.default),
    metadata: flag.metadata,
  };
}
