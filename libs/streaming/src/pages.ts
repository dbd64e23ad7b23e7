/** What a list is put in order by. */
interface Named {
  readonly instance: string;
  readonly keyId: string;
}

/** By name, and by key where several have the same name. */
export function byName(a: Named, b: Named): number {
  if (a.instance !== b.instance) return a.instance < b.instance ? -1 : 1;
  if (a.keyId === b.keyId) return 0;
  return a.keyId < b.keyId ? -1 : 1;
}

/** The first so many of a list by name. The next page begins after a name, so all of one name are on one page: nobody is left out for being called like another. */
export function wholePage<Report extends Named>(sorted: readonly Report[], limit: number): readonly Report[] {
  const next = sorted[limit]?.instance;
  if (limit === 0 || next === undefined) return sorted.slice(0, limit);
  const page = sorted.slice(0, limit).filter(({ instance }) => instance !== next);
  return page.length > 0 ? page : sorted.filter(({ instance }) => instance === next);
}
