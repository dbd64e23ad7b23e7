/** Lets go of what was put in first when there is more than may be. */
export function forgetEldest<Key>(map: Map<Key, unknown>, most: number): void {
  const [eldest] = map.keys();
  if (map.size > most && eldest !== undefined) map.delete(eldest);
}
