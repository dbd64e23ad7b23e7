import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Nothing that is asked takes longer. */
const PATIENCE_MS = 60_000;

/** A script beside this one in a process of its own, asked by messages: `ask` sends one and answers the next one that comes. */
export class Child {
  #answers = [];
  #waiting = [];
  #name;

  constructor(file, { args = [], execArgv = [], env = {}, stdio = ['ignore', 'ignore', 'inherit', 'ipc'] } = {}) {
    this.#name = file;
    const path = file.startsWith('/') ? file : fileURLToPath(new URL(file, import.meta.url));
    // biome-ignore lint/style/noProcessEnv: a child gets what this process got, but for the options of Node
    this.process = fork(path, args, { execArgv, env: { ...process.env, NODE_OPTIONS: '', ...env }, stdio });
    this.process.on('message', (message) => {
      const next = this.#waiting.shift();
      if (next === undefined) this.#answers.push(message);
      else next.resolve(message);
    });
    this.ended = once(this.process, 'exit');
    void this.ended.then(([code]) => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error(`${this.#name} ended with ${code}`));
    });
  }

  /** The next message that it sends. */
  next() {
    if (this.#answers.length > 0) return Promise.resolve(this.#answers.shift());
    if (this.process.exitCode !== null) return Promise.reject(new Error(`${this.#name} has ended`));
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${this.#name} does not answer`)), PATIENCE_MS);
      const settled = (settle) => (value) => {
        clearTimeout(late);
        settle(value);
      };
      this.#waiting.push({ resolve: settled(resolve), reject: settled(reject) });
    });
  }

  ask(message) {
    this.process.send(message);
    return this.next();
  }

  async stop(signal = 'SIGTERM') {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill(signal);
    await this.ended;
  }
}
