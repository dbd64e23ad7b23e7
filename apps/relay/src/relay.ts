import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { fitting, PairBodies } from '@ballast/streaming';
import type { Clock } from './clock.js';
import { CounterForwarder } from './counter-forwarder.js';
import { DiskBootstrap } from './disk-bootstrap.js';
import { type Door, doorsListener } from './doors.js';
import { Health } from './health.js';
import { KeyLookup } from './key-lookup.js';
import { KeyRing } from './key-ring.js';
import type { Log } from './log.js';
import type { Settings } from './settings.js';
import { SnapshotDoors } from './snapshot-doors.js';
import { Streams } from './streams.js';
import { TelemetryDoors } from './telemetry-doors.js';
import { UpstreamHttp } from './upstream-http.js';
import { UpstreamSocket } from './upstream-socket.js';
import { UpstreamSource } from './upstream-source.js';

/** How often upstream is asked whether it is there: between these, and as often as clients shall know of its absence. */
const ALIVE_MS = { least: 500, most: 5_000 };

/** A stop closes connections that nobody asks anything on this often, and all of them after this long. */
const SWEEP_MS = 50;
const CUT_MS = 10_000;

/** How often keys are looked through for those that have come to their end. */
const KEYS_MS = 500;

/** What a relay runs with. */
export interface RelayOptions {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Log;
  /** Release of the relay. */
  readonly version: string;
}

/** One relay: a client upstream, a server downstream. */
export class Relay {
  readonly #options: RelayOptions;
  readonly #ring: KeyRing;
  readonly #source: UpstreamSource;
  readonly #http: UpstreamHttp;
  readonly #disk: DiskBootstrap;
  readonly #forwarder: CounterForwarder;
  readonly #server: Server;
  readonly #streams: Streams;
  readonly #health: Health;
  #keysTimer: NodeJS.Timeout | undefined;
  #socket: UpstreamSocket | undefined;

  constructor(options: RelayOptions) {
    this.#options = options;
    const { settings, clock } = options;
    this.#ring = new KeyRing(clock.now);
    this.#http = new UpstreamHttp(settings.upstreamUrl, settings.key);
    this.#source = this.#newSource();
    this.#disk = this.#newDisk();
    this.#forwarder = new CounterForwarder({
      post: (gzipped) => this.#http.postBatches(gzipped),
      isReachable: () => this.#source.isConnected,
      maxBytes: settings.forwardQueueBytes,
    });
    this.#health = this.#newHealth();
    const keys = new KeyLookup({ ring: this.#ring, source: this.#source, now: clock.now });
    this.#server = createServer(doorsListener({ doors: this.#doors(), keys, allowedOrigins: settings.allowedOrigins, log: options.log }));
    const { allowedOrigins } = settings;
    this.#streams = new Streams(this.#server, { source: this.#source, ring: this.#ring, keys, allowedOrigins, now: clock.now });
  }

  /** Reads what was kept, connects upstream and listens; settles to the address it is reached by. */
  async start(): Promise<string> {
    const { settings, clock, version, log } = this.#options;
    const kept = await this.#disk.load();
    if (kept !== undefined) log.info('starting with what was kept', { revision: kept.server.revision });
    this.#server.listen(settings.port, settings.host);
    await once(this.#server, 'listening');
    const target = {
      url: settings.upstreamUrl,
      key: settings.key,
      instance: randomUUID(),
      relay: `ballast-relay/${version}`,
      held: () => this.#source.held,
      aliveMs: Math.min(ALIVE_MS.most, Math.max(ALIVE_MS.least, settings.staleAfterMs)),
    };
    this.#socket = new UpstreamSocket(target, this.#source, clock);
    this.#source.start(this.#socket, kept);
    this.#keysTimer = setInterval(() => this.#streams.disconnectEnded(this.#ring.ended()), KEYS_MS);
    return addressOf(this.#server, settings.host);
  }

  /** Hands its clients over, lets what waits for upstream go there, and writes down what is held. */
  async stop(): Promise<void> {
    clearInterval(this.#keysTimer);
    await this.#streams.drain();
    await this.#forwarder.drain();
    this.#source.stop();
    this.#streams.close();
    await Promise.all([closeServer(this.#server), this.#disk.flush()]);
  }

  #newSource(): UpstreamSource {
    const { settings, log } = this.#options;
    return new UpstreamSource({
      staleAfterMs: settings.staleAfterMs,
      fetchPair: () => this.#http.fetchPair(),
      onKeys: (environmentId, keys) => this.#streams.disconnect(this.#ring.replace(environmentId, keys)),
      onMoment: (now) => this.#ring.follow(now),
      onChanged: () => this.#disk.save(),
      onAsk: (ask) =>
        this.#streams.ask(this.#source.environmentId, ask, (tally) => this.#socket?.answer({ id: ask.id, tally: fitting(tally) })),
      onConnection: (isConnected, because) => {
        if (isConnected) log.info('upstream is there');
        else log.warn('upstream is not there', { because });
      },
      onProblem: (problem, error) => log.warn(problem, { error: String(error) }),
    });
  }

  #newDisk(): DiskBootstrap {
    const { settings, log } = this.#options;
    const pairs = new PairBodies(this.#source.feeds);
    return new DiskBootstrap({
      folder: settings.dataDir,
      owner: [settings.upstreamUrl, settings.key],
      content: () => {
        const body = pairs.of(this.#source.environmentId);
        return body && { keys: this.#ring.all(), body };
      },
      onProblem: (problem, error) => {
        this.#health.diskFailed();
        log.error(problem, { error: String(error) });
      },
    });
  }

  #newHealth(): Health {
    return new Health(this.#options.version, {
      isReady: () => this.#source.isReady,
      isConnected: () => this.#source.isConnected,
      isStale: () => this.#source.isStale,
      revision: () => this.#source.revision,
      clients: () => this.#streams.sdks.size,
      relays: () => this.#streams.relays.size,
      queued: () => this.#forwarder.size,
    });
  }

  #doors(): Readonly<Record<string, Door>> {
    const snapshots = new SnapshotDoors(this.#source, { polled: (...told) => this.#streams.sdks.census.polled(...told) });
    const telemetry = new TelemetryDoors(this.#forwarder);
    return {
      'GET /sdk/v1/snapshot': { for: 'sdk', answer: (call, key) => snapshots.snapshot(call, key) },
      'GET /sdk/v1/changes': { for: 'sdk', answer: (call, key) => snapshots.changes(call, key) },
      'POST /sdk/v1/telemetry': { for: 'sdk', answer: (call, key) => telemetry.receive(call, key) },
      'GET /sdk/v1/relay/snapshot': { for: 'relay', answer: (call) => snapshots.pair(call) },
      'POST /sdk/v1/relay/telemetry': { for: 'relay', answer: (call) => telemetry.receiveSeveral(call) },
      'GET /health/live': { for: 'everybody', answer: () => this.#health.live() },
      'GET /health/ready': { for: 'everybody', answer: () => this.#health.ready() },
      'GET /health/version': { for: 'everybody', answer: () => this.#health.release() },
      'GET /metrics': { for: 'everybody', answer: () => this.#health.metrics() },
    };
  }
}

/** Lets requests that are under way have their answers; connections that are kept for others do not hold it up. */
async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  const cut = setTimeout(() => server.closeAllConnections(), CUT_MS);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}

function addressOf(server: Server, host: string): string {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
