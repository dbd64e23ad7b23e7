import { z } from 'zod';
import { sdkKeyKind } from './access.js';
import { pageQuery } from './pagination.js';

const ms = z.number().min(0);
const count = z.int().min(0);

/** Query of a convergence. */
export const convergenceQuery = z.strictObject({
  ...pageQuery,
  behind: z
    .stringbool({ truthy: ['true', ''], falsy: ['false'] })
    .default(false)
    .meta({ description: 'true: list only instances that have not applied the newest revision', enum: ['true', 'false', ''] }),
});
export type ConvergenceQuery = z.infer<typeof convergenceQuery>;

/** How an instance is doing. */
export const instanceState = z.enum(['current', 'behind', 'wedged', 'silent', 'away', 'lost', 'late']).meta({
  id: 'InstanceState',
  description:
    'wedged: connected and answering, but not moving on; silent: connected, but nothing is heard of it; away: its stream broke off within the last 10 s; lost: its stream broke off and it did not come back; late: it polls, but its next request is overdue',
});
export type InstanceState = z.infer<typeof instanceState>;

/** One instance of an SDK: a process or a page. */
export const instanceView = z
  .object({
    instance: z.string(),
    sdk: z.string().meta({ description: 'Name and version of its SDK' }),
    key: z.object({ id: z.string(), name: z.string(), prefix: z.string() }).nullable().meta({ description: 'The key it presents' }),
    revision: count.nullable().meta({ description: 'What it said it holds; null before it said so, and for what the server has not' }),
    lag: z.object({ revisions: count.nullable(), ms }).meta({ description: 'Behind the newest revision, and for how long' }),
    lastSeen: z.string(),
    via: z.enum(['stream', 'poll']),
    relay: z.string().nullable().meta({ description: 'The relay it is connected to; null: a server' }),
    state: instanceState,
  })
  .meta({ id: 'Instance' });
export type InstanceView = z.infer<typeof instanceView>;

/** A server that was asked. */
export const askedServer = z
  .object({
    id: z.string(),
    name: z.string(),
    version: z.string(),
    lastSeen: z.string(),
    answered: z.boolean(),
    alive: z.boolean().meta({ description: 'false: it fell silent without taking leave, and may still have clients' }),
  })
  .meta({ id: 'AskedServer' });
export type AskedServerView = z.infer<typeof askedServer>;

const keyUse = z
  .object({
    id: z.string(),
    name: z.string(),
    prefix: z.string(),
    kind: sdkKeyKind,
    instances: count.meta({ description: 'Connected instances that present it' }),
    expiresAt: z.string().nullable(),
    replacedBy: z.string().nullable(),
  })
  .meta({ id: 'KeyUse' });
export type KeyUse = z.infer<typeof keyUse>;

/** How far an environment's instances are. */
export const convergence = z
  .object({
    environment: z.string().meta({ description: '`project/environment`' }),
    revision: count.meta({ description: 'The newest' }),
    complete: z.boolean().meta({ description: 'Whether all servers and relays have answered' }),
    connected: count.meta({ description: 'Instances with a stream, to a server or a relay' }),
    applied: count.meta({ description: 'Those of them that hold the newest revision' }),
    share: z.number().min(0).max(1).nullable().meta({ description: 'applied / connected; null when nobody is connected' }),
    polling: count.meta({ description: 'Instances without a stream that ask in time' }),
    away: count.meta({ description: 'Instances whose stream broke off within the last 10 s: they come back, ask, or are lost' }),
    relays: count,
    waitingRelays: count.meta({ description: 'Relays that have not answered' }),
    wedged: count,
    stale: count.meta({ description: 'Instances that are silent, lost or late' }),
    propagation: z
      .object({ changes: count, receipts: count, p50Ms: ms.nullable(), p99Ms: ms.nullable(), maxMs: ms.nullable() })
      .meta({ description: 'From commit to receipt, over the last changes' }),
    keys: z.array(keyUse).meta({ description: 'SDK keys that instances present, or that were rotated and still open something' }),
    servers: z.array(askedServer),
    troubled: z.array(instanceView).meta({ description: 'Instances that are wedged, silent, lost or late, the first 200 of them' }),
    leftOff: z.object({ troubled: count }).meta({ description: 'How many the lists have no room for; all counts are of everyone' }),
    items: z.array(instanceView).meta({ description: 'Instances by name' }),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: 'Convergence' });
export type ConvergenceView = z.infer<typeof convergence>;

/** Query of the instances of one key. */
export const keyInstancesQuery = z.strictObject(pageQuery);

/** The instances that present a key. */
export const keyInstances = z
  .object({ complete: z.boolean(), instances: count, items: z.array(instanceView), nextCursor: z.string().nullable() })
  .meta({ id: 'KeyInstances' });
export type KeyInstances = z.infer<typeof keyInstances>;

/** How far a kill or a restore came while its caller waited. */
export const arrival = z
  .object({
    complete: z.boolean().meta({ description: 'Whether every connected instance has applied it, as far as all servers and relays say' }),
    ms: ms.meta({ description: 'From the commit to the last receipt, or to the deadline' }),
    connected: count,
    applied: count,
    pending: z.array(instanceView).meta({ description: 'Connected instances that have not applied it, the first 200 of them' }),
    polling: count.meta({ description: 'Instances without a stream: they learn of it when they ask next' }),
    away: count.meta({ description: 'Instances whose stream broke off within the last 10 s: they apply it when they are back' }),
    stale: count.meta({ description: 'Instances that are silent, lost or late' }),
    missing: z.array(instanceView).meta({ description: 'Instances that are away, lost or late, the first 200 of them' }),
    leftOff: z
      .object({ pending: count, missing: count })
      .meta({ description: 'How many the lists have no room for; all counts are of everyone' }),
    relays: count,
    waitingRelays: count.meta({ description: 'Relays that have not answered' }),
    servers: z.array(askedServer),
  })
  .meta({ id: 'Arrival' });
export type Arrival = z.infer<typeof arrival>;
