import type { FlagConfigView, FlagView, KillRecord } from '@ballast/api';
import type { FlagConfig, FlagRecord, FlagState, KillRow } from './flag.types.js';

/** What people edit of a flag: what a merge patch is applied to and the audit keeps. Empty members are left out. */
export function flagDocument(flag: FlagRecord) {
  const { name, description, kind, variants, safeVariant, owner, expiresAt, tags, clientVisible, schema, metadata } = flag;
  return {
    name,
    description,
    kind,
    variants,
    owner,
    tags,
    clientVisible,
    metadata,
    ...(safeVariant === null ? {} : { safeVariant }),
    ...(expiresAt === null ? {} : { expiresAt: expiresAt.toISOString() }),
    ...(schema === null ? {} : { schema }),
  };
}

/** A configuration as people edit it: what the audit keeps. */
export function configDocument({ on, offVariant, rules, default: otherwise, prerequisites }: FlagConfig): FlagConfig {
  return { on, offVariant, rules, default: otherwise, prerequisites };
}

/** A kill as it is answered. */
export function killView({ actor, reason, killedAt }: KillRow): KillRecord {
  return { actor, reason, killedAt: killedAt.toISOString() };
}

/** A configuration as it is answered. */
export function configView(place: { readonly flag: string; readonly environment: string }, { config, kill }: FlagState): FlagConfigView {
  const { flag, environment } = place;
  const { on, offVariant, default: otherwise, version, updatedBy, updatedAt } = config;
  return {
    flag,
    environment,
    on,
    offVariant,
    rules: [...config.rules],
    default: otherwise,
    prerequisites: config.prerequisites.map(({ flag: key, variants }) => ({ flag: key, variants: [...variants] })),
    version,
    updatedBy,
    updatedAt: updatedAt?.toISOString() ?? null,
    kill: kill && killView(kill),
  };
}

/** A flag as it is answered. */
export function flagView(flag: FlagRecord, environments: FlagView['environments']): FlagView {
  const { schema, variants, tags, metadata } = flag;
  return {
    key: flag.key,
    type: flag.type,
    name: flag.name,
    description: flag.description,
    kind: flag.kind,
    variants,
    safeVariant: flag.safeVariant,
    owner: flag.owner,
    expiresAt: flag.expiresAt?.toISOString() ?? null,
    tags: [...tags],
    clientVisible: flag.clientVisible,
    schema: typeof schema === 'boolean' ? schema : isObject(schema) ? { ...schema } : null,
    metadata,
    version: flag.version,
    createdBy: flag.createdBy,
    createdAt: flag.createdAt.toISOString(),
    updatedAt: flag.updatedAt.toISOString(),
    archivedAt: flag.archivedAt?.toISOString() ?? null,
    environments,
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
