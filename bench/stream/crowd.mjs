import { Child } from './child.mjs';

const PROCESSES = 2;

/** Thin clients in several processes, asked all at once. */
export class Clients {
  #processes = Array.from({ length: PROCESSES }, () => new Child('thin-clients.mjs'));

  async #ask(message) {
    const answers = await Promise.all(this.#processes.map((each) => each.ask(message)));
    return answers.map(({ answer }) => answer);
  }

  open(crowd) {
    return this.#ask({ do: 'open', ...crowd });
  }

  /** Connects until so many are there; the new ones hold the snapshot. */
  async fill(name, count, snapshot) {
    await this.#ask({ do: 'renew', name, snapshot });
    await this.#ask({ do: 'fill', name, count: count / PROCESSES });
  }

  /** When the first and the last of them came to hold the revision. */
  async expect(name, revision) {
    const all = await this.#ask({ do: 'expect', name, revision });
    return { first: Math.min(...all.map(({ first }) => first)), last: Math.max(...all.map(({ last }) => last)) };
  }

  persist(name, share) {
    return this.#ask({ do: 'persist', name, share });
  }

  /** When the last of those that persist was let in again and held the revision, and how many had to fetch a snapshot. */
  async back(name, revision) {
    const all = await this.#ask({ do: 'back', name, revision });
    return { last: Math.max(...all.map(({ last }) => last)), fetched: all.reduce((sum, { fetched }) => sum + fetched, 0) };
  }

  async bytes(name) {
    return (await this.#ask({ do: 'bytes', name }))[0];
  }

  async stop() {
    await Promise.all(this.#processes.map((each) => each.stop('SIGKILL')));
  }
}
