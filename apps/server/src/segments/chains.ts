/** What each key leads to; a key without an entry leads nowhere. */
export type Edges = ReadonlyMap<string, readonly string[]>;

/** A way from `start` back to itself, or null. */
export function findCycle(edges: Edges, start: string): readonly string[] | null {
  const cameFrom = new Map<string, string>();
  const open = [start];
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    for (const next of edges.get(key) ?? []) {
      if (next === start) return trace(cameFrom, start, key);
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, key);
      open.push(next);
    }
  }
  return null;
}

function trace(cameFrom: ReadonlyMap<string, string>, start: string, last: string): readonly string[] {
  const way = [start];
  for (let key: string | undefined = last; key !== undefined && key !== start; key = cameFrom.get(key)) way.unshift(key);
  return [start, ...way];
}

/** Length of the longest chain of edges; the edges must hold no cycle. */
export function longestChain(edges: Edges): number {
  const known = new Map<string, number>();
  const lengthFrom = (key: string): number => {
    const found = known.get(key);
    if (found !== undefined) return found;
    known.set(key, 0);
    const length = (edges.get(key) ?? []).reduce((longest, next) => Math.max(longest, 1 + lengthFrom(next)), 0);
    known.set(key, length);
    return length;
  };
  return [...edges.keys()].reduce((longest, key) => Math.max(longest, lengthFrom(key)), 0);
}

/** Everything that can be reached from these keys, themselves included. */
export function reachable(edges: Edges, from: Iterable<string>): ReadonlySet<string> {
  const seen = new Set(from);
  const open = [...seen];
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    for (const next of edges.get(key) ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(next);
    }
  }
  return seen;
}
