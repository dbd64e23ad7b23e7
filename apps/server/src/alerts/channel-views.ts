import type { AlertMatchView, ChannelConfig, ChannelView } from '@ballast/api';
import type { AlertMatch } from '@ballast/slo';
import type { ChannelRecord } from './channels.store.js';
import type { ChannelSecret } from './outbox.store.js';

/** A channel as it is answered and audited: without anything that could be a secret. */
export function channelView({ name, level, match, config, secrets, ...rest }: ChannelRecord, now: number): ChannelView {
  return {
    name,
    kind: config.kind,
    level,
    match: matchView(match),
    target: targetOf(config),
    secrets: signingSecrets(secrets, now).length,
    enabled: rest.disabledAt === null,
    disabledReason: rest.disabledReason,
    createdBy: rest.createdBy,
    createdAt: rest.createdAt.toISOString(),
  };
}

/** A match as it was asked for: its project goes without saying. */
export function matchView({ project: _, ...match }: AlertMatch): AlertMatchView {
  return match;
}

/** The secrets that sign now: the newest first. */
export function signingSecrets(secrets: readonly ChannelSecret[], now: number): readonly string[] {
  return secrets.filter(({ until }) => until === null || Date.parse(until) > now).map(({ secret }) => secret);
}

/** Where a channel leads; paths and queries of some receivers are their secret. */
function targetOf(config: ChannelConfig): string {
  switch (config.kind) {
    case 'email':
      return config.to.join(', ');
    case 'webhook':
      return withoutQuery(config.url);
    default:
      return new URL(config.url).origin;
  }
}

function withoutQuery(text: string): string {
  const url = new URL(text);
  return `${url.origin}${url.pathname}`;
}
