import { DemoError } from './options.mjs';

const PLACE = { project: 'default', environment: 'development' };

/** The admin API of the server, as far as the demo needs it. */
export function adminOf(url, token) {
  const call = async (method, path, body) => {
    const response = await fetch(`${url}/api/v1/projects/${PLACE.project}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const answer = await response.json();
    if (!response.ok) throw new DemoError(`${method} ${path} answered ${response.status}: ${JSON.stringify(answer)}`);
    return answer;
  };
  const inEnvironment = (flag) => `/flags/${encodeURIComponent(flag)}/environments/${PLACE.environment}`;
  return {
    importFlags: (file) => call('POST', `/environments/${PLACE.environment}/import?format=flagd&owner=demo&ttlDays=7`, file),
    flag: (key) => call('GET', `/flags/${encodeURIComponent(key)}`),
    configure: (key, config) => call('PUT', inEnvironment(key), config),
    kill: (key, reason) => call('POST', `${inEnvironment(key)}/kill`, { reason }),
    exposures: (key) => call('GET', `${inEnvironment(key)}/exposures`),
    health: (key) => call('GET', `${inEnvironment(key)}/health`),
    openChannel: (url) => call('POST', '/channels', { name: 'demo', match: { severity: 'page' }, config: { kind: 'webhook', url } }),
    setObjective: (flag, objective) =>
      call('POST', '/objectives', { ...objective, environment: PLACE.environment, owner: 'demo', scope: { kind: 'flag', flag } }),
  };
}

/** Waits until the server is ready, or fails with what made it end. */
export async function untilReady(url, server) {
  let isWaiting = true;
  const ask = async () => {
    while (isWaiting) {
      const isReady = await fetch(`${url}/health/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isReady) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  try {
    await Promise.race([ask(), server.failure]);
  } finally {
    isWaiting = false;
  }
}
