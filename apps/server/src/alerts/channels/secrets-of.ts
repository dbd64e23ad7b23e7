import type { ChannelConfig } from '@ballast/api';

/** The start of an address says where it leads; from here on it may be secret. */
const SHORTEST = 8;

/** A text without the secrets of a channel: receivers tell back what they were sent, and everybody may read what they answered. */
export function withoutSecrets(text: string, config: ChannelConfig, signing: readonly string[]): string {
  const secrets = [...signing, ...ownSecrets(config)].filter((secret) => secret.length >= SHORTEST);
  return secrets.sort((a, b) => b.length - a.length).reduce((rest, secret) => rest.replaceAll(secret, '…'), text);
}

function ownSecrets(config: ChannelConfig): readonly string[] {
  switch (config.kind) {
    case 'slack': {
      const { pathname } = new URL(config.url);
      return [config.url, pathname, ...pathname.split('/')];
    }
    case 'webhook': {
      const { search, searchParams } = new URL(config.url);
      return [search, ...searchParams.values()];
    }
    case 'pagerduty':
      return [config.routingKey];
    case 'alertmanager':
      return config.token === undefined ? [] : [config.token];
    case 'email':
      return [];
    default:
      return config satisfies never;
  }
}
