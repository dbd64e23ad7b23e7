/** The identifiers of a version in order of precedence: major, minor, patch, `0` for a pre-release or `1`, the pre-release's own. */
export type Version = readonly string[];

const digits = '(0|[1-9]\\d*)';
const identifier = '(?:0|[1-9]\\d*|\\d*[A-Za-z-][0-9A-Za-z-]*)';
const pattern = new RegExp(
  `^v?${digits}(?:\\.${digits})?(?:\\.${digits})?(?:-(${identifier}(?:\\.${identifier})*))?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?$`,
);

/** Reads a SemVer 2.0.0 version; a leading `v` and missing minor or patch numbers are accepted. */
export function parseVersion(text: string): Version | null {
  const match = pattern.exec(text);
  if (match === null) return null;
  const [, major = '0', minor = '0', patch = '0', pre] = match;
  return [major, minor, patch, ...(pre === undefined ? ['1'] : ['0', ...pre.split('.')])];
}

/** Numbers before words, numbers by size however long, words by ASCII order. */
function compareIdentifiers(a: string, b: string): number {
  const isNumber = /^\d+$/.test(a);
  const kinds = Number(/^\d+$/.test(b)) - Number(isNumber);
  const order = kinds || (isNumber ? a.length - b.length : 0);
  return order || (a < b ? -1 : Number(a > b));
}

/** Orders two versions by SemVer 2.0.0 precedence: below 0, 0 or above 0. */
export function compareVersions(a: Version, b: Version): number {
  for (const [i, left] of a.entries()) {
    const right = b[i];
    const order = right === undefined ? 1 : compareIdentifiers(left, right);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}
