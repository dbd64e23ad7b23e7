import { expect, it } from 'vitest';
import { serverLog } from './log.js';

function logged(write: (log: ReturnType<typeof serverLog>) => void): string {
  const lines: string[] = [];
  write(serverLog('info', { write: (line: string) => void lines.push(line) }));
  return lines.join('');
}

it('writes one JSON object per line, with the level as a word', () => {
  expect(JSON.parse(logged((log) => log.info({ flag: 'new-checkout' }, 'changed')))).toMatchObject({
    level: 'info',
    flag: 'new-checkout',
    msg: 'changed',
  });
});

it('takes secrets out of fields, errors and their causes', () => {
  const cause = new Error('connect postgresql://ballast:hunter2@db:5432/ballast');
  const error = new Error('key blst_srv_hunter2 refused', { cause });
  const text = logged((log) => {
    log.warn({ headers: { authorization: 'Bearer hunter2', 'x-api-key': 'hunter2' }, secret: 'hunter2' }, 'request');
    log.error({ err: error }, 'failed');
  });
  expect(text).not.toContain('hunter2');
  expect(text).toContain('postgresql://ballast:[secret]@db:5432/ballast');
});
