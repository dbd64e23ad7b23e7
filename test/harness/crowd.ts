import { setTimeout as delay } from 'node:timers/promises';
import { CoreClient } from '../../sdk/src/core/client.js';
import { nodePlatform } from '../../sdk/src/node/platform.js';
import type { CrowdOrder, CrowdReport } from './crowd-words.js';

/** A program: many SDK clients in one process, led by the process that started it. */

/** How the text of a snapshot begins; the whole of it is large. */
const HEAD = /^\{"environment":"[^"]*","revision":(\d+),"checksum":(\d+)/;

const OPTIONS = { cache: false, flushOnExit: false } as const;

/** One client, and what it says of what it holds. */
class Member {
  readonly client: CoreClient;
  evaluations = 0;
  /** How often it has said that what it holds may be out of date. */
  stales = 0;
  /** Checksum of the last state it kept, with its revision. */
  held = '';

  constructor(url: string, key: string) {
    const platform = { ...nodePlatform(OPTIONS), cacheOf: () => ({ load: () => null, save: (text: string) => this.#keep(text) }) };
    this.client = new CoreClient(platform, { url, key, logger: null, pollIntervalMs: 2_000 });
    this.client.on('stale', () => {
      this.stales += 1;
    });
  }

  evaluate(flag: string): void {
    this.client.value(flag, false, { targetingKey: 'somebody' });
    this.evaluations += 1;
  }

  async #keep(text: string): Promise<void> {
    const [, revision, checksum] = HEAD.exec(text) ?? [];
    this.held = `${revision}:${checksum}`;
  }
}

const members: Member[] = [];
let work: NodeJS.Timeout | undefined;

const orders: { readonly [Name in CrowdOrder['order']]: (order: Extract<CrowdOrder, { order: Name }>) => unknown } = {
  join: async ({ count, urls, key }) => {
    const joined = Array.from({ length: count }, (_, i) => new Member(urls[i % urls.length] ?? '', key));
    members.push(...joined);
    await Promise.all(joined.map(({ client }) => client.ready({ timeoutMs: 60_000 })));
  },
  evaluate: ({ flag, everyMs }) => {
    let round = 0;
    work = setInterval(() => {
      for (const member of members) member.evaluate(flag);
      const teller = members[round++ % members.length];
      void teller?.client.flush();
    }, everyMs);
  },
  deliver: async () => {
    clearInterval(work);
    for (const { client } of members) while (!(await client.flush())) await delay(100);
  },
  report: () => undefined,
  leave: async () => {
    clearInterval(work);
    await Promise.all(members.map(({ client }) => client.close()));
    process.disconnect();
  },
};

function report(): CrowdReport {
  const held: Record<string, number> = {};
  const statuses: Record<string, number> = {};
  const revisions: Record<string, number> = {};
  let evaluations = 0;
  let stales = 0;
  for (const { client, ...member } of members) {
    held[member.held] = (held[member.held] ?? 0) + 1;
    statuses[client.status] = (statuses[client.status] ?? 0) + 1;
    revisions[String(client.revision)] = (revisions[String(client.revision)] ?? 0) + 1;
    evaluations += member.evaluations;
    stales += member.stales;
  }
  return { held, statuses, revisions, evaluations, stales };
}

async function obey(order: CrowdOrder): Promise<void> {
  await (orders[order.order] as (order: CrowdOrder) => unknown)(order);
  if (process.connected) process.send?.(report());
}

process.on('message', (order: CrowdOrder) => void obey(order));
process.on('disconnect', () => process.exit());
