import { expect, it } from 'vitest';
import { relayLog } from './log.js';

it('writes lines from a level on, without secrets', () => {
  const lines: string[] = [];
  const log = relayLog(
    'info',
    (line) => lines.push(line),
    () => 7,
  );
  log.debug('chatter');
  log.info('with blst_rly_abc-DEF_123 inside', { url: 'https://me:hush@flags.example/', key: 'blst_srv_x' });
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      level: 'info',
      time: 7,
      service: 'ballast-relay',
      msg: 'with [secret] inside',
      url: 'https://me:[secret]@flags.example/',
      key: '[secret]',
    },
  ]);
});
