// How long one evaluation takes, side by side: a process per participant, only one of them at work at a time, round about.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { jobs } from './jobs.mjs';
import { median } from './statistics.mjs';

const ROUNDS = 9;

/** Who takes part: the file below participants/, how the tables call it, the packages whose versions matter. */
export const participants = {
  ballast: { title: 'Ballast, client, counting', packages: [] },
  'ballast-engine': { title: 'Ballast, engine alone', packages: [] },
  unleash: { title: 'unleash-client', packages: ['unleash-client'] },
  launchdarkly: { title: '@launchdarkly/node-server-sdk', packages: ['@launchdarkly/node-server-sdk'] },
  growthbook: { title: '@growthbook/growthbook', packages: ['@growthbook/growthbook'] },
  flagd: { title: '@openfeature/flagd-core', packages: ['@openfeature/flagd-core', '@openfeature/core'] },
  featurevisor: { title: '@featurevisor/sdk', packages: ['@featurevisor/sdk'] },
};

const isPeer = ({ name }) => participants[name].packages.length > 0;

class Participant {
  #child;

  constructor(name, job) {
    this.name = name;
    this.rounds = [];
    this.#child = fork(fileURLToPath(new URL('participant.mjs', import.meta.url)), [name, job], { execArgv: [] });
  }

  #answer() {
    return new Promise((resolve, reject) => {
      const gone = (code) => reject(new Error(`${this.name} ended with ${code}`));
      this.#child.once('exit', gone);
      this.#child.once('message', (message) => {
        this.#child.off('exit', gone);
        resolve(message);
      });
    });
  }

  ready() {
    return this.#answer();
  }

  async round() {
    this.#child.send('round');
    this.rounds.push((await this.#answer()).ns);
  }

  stop() {
    return new Promise((resolve) => {
      this.#child.once('exit', resolve);
      this.#child.send('stop');
    });
  }
}

async function measure(job) {
  const running = [];
  for (const name of Object.keys(participants)) {
    const participant = new Participant(name, job);
    await participant.ready();
    running.push(participant);
  }
  for (let i = 0; i < ROUNDS; i++) for (const participant of running) await participant.round();
  await Promise.all(running.map((participant) => participant.stop()));
  return running.map(({ name, rounds }) => ({ name, ns: median(rounds), low: Math.min(...rounds), high: Math.max(...rounds) }));
}

/** Nanoseconds per evaluation of every participant in every job: medians of rounds, with the lowest and the highest. */
export async function measureEvaluation() {
  const results = [];
  for (const [job, { title, stage }] of Object.entries(jobs)) {
    const figures = await measure(job);
    const fastest = figures.filter(isPeer).reduce((a, b) => (b.ns < a.ns ? b : a));
    results.push({ title, figures, fastest, rounds: ROUNDS, hasBar: stage === undefined });
  }
  return results;
}
