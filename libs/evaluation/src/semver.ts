/** A version to compare; build metadata has no part in it. */
export interface Version {
  /** Major, minor and patch as digits without leading zeros. */
  readonly core: readonly string[];
  /** The dot-separated identifiers of a pre-release; empty for a release. */
  readonly pre: readonly string[];
}

const digits = '(?:0|[1-9]\\d*)';
const identifier = `(?:${digits}|\\d*[A-Za-z-][0-9A-Za-z-]*)`;
const pattern = new RegExp(
  `^v?(${digits})(?:\\.(${digits}))?(?:\\.(${digits}))?(?:-(${identifier}(?:\\.${identifier})*))?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?$`,
);
const number = /^\d+$/;

/** Reads a SemVer 2.0.0 version; a leading `v` and missing minor or patch numbers are accepted. */
export function parseVersion(text: string): Version | null {
  const match = pattern.exec(text);
  if (match === null) return null;
  const [, major = '0', minor = '0', patch = '0', pre] = match;
  return { core: [major, minor, patch], pre: pre === undefined ? [] : pre.split('.') };
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function compareDigits(a: string, b: string): number {
  return a.length === b.length ? compareText(a, b) : a.length - b.length;
}

function compareIdentifiers(a: string, b: string): number {
  const isNumber = number.test(a);
  if (isNumber !== number.test(b)) return isNumber ? -1 : 1;
  return isNumber ? compareDigits(a, b) : compareText(a, b);
}

/** Orders two versions by SemVer 2.0.0 precedence: below 0, 0 or above 0. */
export function compareVersions(a: Version, b: Version): number {
  for (let i = 0; i < 3; i++) {
    const order = compareDigits(a.core[i] ?? '0', b.core[i] ?? '0');
    if (order !== 0) return order;
  }
  if (a.pre.length === 0 || b.pre.length === 0) return b.pre.length - a.pre.length;
  const shared = Math.min(a.pre.length, b.pre.length);
  for (let i = 0; i < shared; i++) {
    const order = compareIdentifiers(a.pre[i] ?? '', b.pre[i] ?? '');
    if (order !== 0) return order;
  }
  return a.pre.length - b.pre.length;
}
