import { expect, it } from 'vitest';
import { withoutSecrets } from './secrets-of.js';

const routingKey = 'a1'.repeat(16);

it.each([
  [
    { kind: 'slack', url: 'https://hooks.example/services/T012/B34567890/hushhushhush' },
    'no /services/T012/B34567890/hushhushhush here',
    'no … here',
  ],
  [{ kind: 'slack', url: 'https://hooks.example/services/T012/B34567890/hushhushhush' }, 'B34567890 has no hushhushhush', '… has no …'],
  [{ kind: 'webhook', url: 'https://a.example/in?token=hushhushhush' }, 'bad token hushhushhush at /in', 'bad token … at /in'],
  [{ kind: 'pagerduty', url: 'https://events.example', routingKey }, `key ${routingKey} and ${routingKey}`, 'key … and …'],
  [{ kind: 'alertmanager', url: 'https://am.example', token: 'hushhushhush' }, 'Bearer hushhushhush', 'Bearer …'],
  [{ kind: 'email', to: ['ada@shop.example'] }, 'no such mailbox', 'no such mailbox'],
] as const)('%j: %s is told as %s', (config, text, told) => {
  expect(withoutSecrets(text, 'to' in config ? { ...config, to: [...config.to] } : config, [])).toBe(told);
});

it('what signs is left out too', () => {
  expect(withoutSecrets('signed by whsec_AAAA', { kind: 'webhook', url: 'https://a.example' }, ['whsec_AAAA'])).toBe('signed by …');
});
