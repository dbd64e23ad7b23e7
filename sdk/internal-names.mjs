/**
 * Members that never leave the browser's bundle: its build gives them short names. No name of a public type, of the wire, of a flag or of the
 * platform may be here; the build looks into the declarations of these, the tests in a browser run what comes out.
 */
const names = [
  // engine
  ...[
    'needs',
    'holds',
    'answer',
    'source',
    'placement',
    'marks',
    'owner',
    'noted',
    'pending',
    'others',
    'choices',
    'operands',
    'isFirst',
    'seed',
    'fits',
    'resolution',
    'path',
    'only',
    'limit',
    'first',
  ],
  // fold and session
  ...['hashes', 'outcome', 'because', 'changed', 'problem', 'held', 'base', 'wanted', 'link', 'reached', 'isCut', 'fetching', 'isPutOff'],
  ...['resyncing', 'connectFailures', 'fetchFailures', 'pollMs', 'actions', 'connect', 'disconnect', 'wake', 'fetch', 'resync', 'adopt'],
  ...['receipt', 'persist', 'emit', 'fail'],
  // client
  ...['session', 'counters', 'timers', 'queue', 'sending', 'flushes', 'failures', 'socket', 'emitter', 'lastProblem', 'waiting'],
  ...['told', 'isCounting', 'checked', 'cellOf', 'slot', 'roll', 'take', 'takes', 'lose', 'evaluations', 'content', 'branch', 'rescue'],
  ...['report', 'hear'],
  // place
  ...['after', 'elapsed', 'uuid', 'http', 'openSocket', 'isUrl', 'cacheOf', 'onExit', 'scope', 'load', 'save', 'aborter', 'connected'],
  ...['disconnected', 'last', 'wire', 'patienceMs', 'isUp', 'stop', 'auth', 'events', 'open'],
];

/** Matches the members that get short names. */
export const INTERNAL = new RegExp(`^(${names.join('|')})$`);

/** Which of these names are members of something that is declared: no type of others may have one. */
export function namesIn(declarations) {
  const code = declarations.replace(/\/\*[\s\S]*?\*\/|'[^']*'/g, '');
  return names.filter((name) => new RegExp(`\\b${name}\\??[:(<]`).test(code));
}
