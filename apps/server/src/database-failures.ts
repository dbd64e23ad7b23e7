/** Prisma's codes for a database that cannot be reached, is too slow or made the transaction give way. */
const PRISMA_UNAVAILABLE = new Set(['P1001', 'P1002', 'P1017', 'P2024', 'P2028', 'P2034']);

/** Postgres: serialization failure, deadlock, lock not available, shutting down, too many connections. */
const POSTGRES_UNAVAILABLE = /^(08\w{3}|40001|40P01|55P03|57P0[1-5]|53\w{3}|25P03)$/;
const SYSTEM_UNAVAILABLE = new Set(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND']);

/** What Prisma's adapter makes of a connection that cannot be had or is gone. */
const ADAPTER_UNAVAILABLE = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TlsConnectionError',
  'TooManyConnections',
  'TransactionWriteConflict',
]);

/** The driver's words for the same; it gives them no code. */
const DRIVER_UNAVAILABLE =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed and is not queryable)/;

/** Prisma: operation timed out. Postgres: statement cancelled, transaction past its time. */
const TIMEOUT = new Set(['P1008', '57014', '25P04']);

const PRISMA_CONFLICT = new Set(['P2002', 'P2003']);
const POSTGRES_CONFLICT = new Set(['23505', '23503']);
const POSTGRES_UNSTORABLE = new Set(['22021', '22P05']);

/** The database is away or overloaded, or asks to try again; not the caller's fault. */
export function isUnavailable(error: unknown): boolean {
  return codesOf(error).some(
    (code) =>
      PRISMA_UNAVAILABLE.has(code) ||
      POSTGRES_UNAVAILABLE.test(code) ||
      SYSTEM_UNAVAILABLE.has(code) ||
      ADAPTER_UNAVAILABLE.has(code) ||
      DRIVER_UNAVAILABLE.test(code),
  );
}

/** What was asked of the database takes longer than it may. */
export function isTimeout(error: unknown): boolean {
  return codesOf(error).some((code) => TIMEOUT.has(code));
}

/** Two requests met at a constraint and this one came second. */
export function isConflict(error: unknown): boolean {
  return codesOf(error).some((code) => PRISMA_CONFLICT.has(code) || POSTGRES_CONFLICT.has(code));
}

/** Text that Postgres cannot hold: NUL, or a surrogate without its partner. */
export function isUnstorableText(error: unknown): boolean {
  return codesOf(error).some((code) => POSTGRES_UNSTORABLE.has(code));
}

/** The codes along the chain of causes: Prisma's own, the adapter's and Postgres's; the driver's errors have words instead. */
function codesOf(error: unknown, depth = 0): string[] {
  if (depth > 5 || typeof error !== 'object' || error === null) return [];
  const own = ['code', 'originalCode', 'kind', 'message'].map((name) => field(error, name)).filter((code) => typeof code === 'string');
  return [
    ...own,
    ...[field(error, 'cause'), field(error, 'meta'), field(error, 'driverAdapterError')].flatMap((inner) => codesOf(inner, depth + 1)),
  ];
}

function field(value: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}
