import { Agent, request } from 'node:http';
import { codePaths } from './stores.mjs';

const CUSTOMERS = 200;

function send(agent, port, { method, path, customer }) {
  return new Promise((resolve) => {
    const headers = { 'x-customer': customer, ...(method === 'POST' ? { 'content-type': 'application/json' } : {}) };
    const sent = request({ agent, host: '127.0.0.1', port, method, path, headers }, (response) => response.resume().on('end', resolve));
    sent.on('error', resolve);
    sent.end(method === 'POST' ? '{}' : undefined);
  });
}

/** Customers who come at a steady rate; every other request uses the watched code path. Answers how to end it. */
export function openTraffic(ports, { rate, watched }) {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const others = codePaths.filter(({ name }) => name !== watched);
  const focus = codePaths.find(({ name }) => name === watched);
  const open = new Set();
  const from = performance.now();
  let turn = 0;
  const sendNext = () => {
    const target = turn % 2 === 0 ? focus : others[((turn - 1) / 2) % others.length];
    const customer = `customer-${turn % CUSTOMERS}`;
    turn += 1;
    for (const port of ports) {
      const sent = send(agent, port, { ...target, customer });
      open.add(sent);
      void sent.then(() => open.delete(sent));
    }
  };
  // A busy machine delays timers: whoever should have come by now comes now.
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - from) * rate) / 1_000);
    while (turn < due) sendNext();
  }, 1_000 / rate);
  return async () => {
    clearInterval(timer);
    await Promise.all(open);
    agent.destroy();
  };
}
