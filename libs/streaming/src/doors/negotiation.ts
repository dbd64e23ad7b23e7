/** Whether one of the validators a client holds is this one, compared weakly. */
export function holds(ifNoneMatch: string | undefined, etag: string): boolean {
  const bare = (tag: string) => tag.trim().replace(/^W\//, '');
  const held = ifNoneMatch?.split(',') ?? [];
  return held.some((tag) => tag.trim() === '*' || bare(tag) === bare(etag));
}

/** Whether an answer may be gzip. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const offers = (acceptEncoding ?? '').split(',').map((offer) => offer.trim().split(/\s*;\s*/));
  const offer = offers.find(([name]) => name?.toLowerCase() === 'gzip') ?? offers.find(([name]) => name === '*');
  return offer !== undefined && !offer.slice(1).some((parameter) => /^q=0(\.0*)?$/i.test(parameter));
}
