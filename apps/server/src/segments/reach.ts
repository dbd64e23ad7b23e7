import { type Edges, reachable } from './chains.js';

/** What is known of a segment when its neighbours are judged. */
export interface SegmentNode {
  readonly hasLists: boolean;
  readonly refs: readonly string[];
}

/** All segments of a project, and the ones that client-visible flags name in each environment. */
export interface SegmentReach {
  readonly nodes: ReadonlyMap<string, SegmentNode>;
  /** By environment id. */
  readonly clientRefs: ReadonlyMap<string, readonly string[]>;
}

/** What every segment leads to. */
export function edgesOf(nodes: ReadonlyMap<string, SegmentNode>): Edges {
  return new Map([...nodes].map(([key, node]) => [key, node.refs]));
}

/** The segments that client keys of an environment see: those a client-visible flag reaches. */
export function clientSegments({ nodes, clientRefs }: SegmentReach, environmentId: string): ReadonlySet<string> {
  const reached = reachable(edgesOf(nodes), clientRefs.get(environmentId) ?? []);
  return new Set([...reached].filter((key) => nodes.has(key)));
}

/** The first segment with lists that can be reached from these, or null. */
export function listedSegment(nodes: ReadonlyMap<string, SegmentNode>, from: Iterable<string>): string | null {
  for (const key of reachable(edgesOf(nodes), from)) if (nodes.get(key)?.hasLists) return key;
  return null;
}

/** Segments that enter or leave the client view of an environment between two moments. */
export function movedSegments(before: SegmentReach, after: SegmentReach, environmentId: string): ReadonlyMap<string, boolean> {
  const old = clientSegments(before, environmentId);
  const now = clientSegments(after, environmentId);
  const entered = [...now].filter((key) => !old.has(key)).map((key): [string, boolean] => [key, true]);
  const left = [...old].filter((key) => !now.has(key)).map((key): [string, boolean] => [key, false]);
  return new Map([...entered, ...left]);
}
