/** Lets go of what was put in first when there is more than may be. */
export function forgetEldest<Key>(map: Map<Key, unknown>, most: number): void {
  if (map.size <= most) return;
  const [eldest] = map.keys();
  if (eldest !== undefined) map.delete(eldest);
}
