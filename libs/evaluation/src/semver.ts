/** The longest text that is read as a version, and how many texts are remembered. */
const MAX_LENGTH = 1024;
const MAX_KNOWN = 1000;

const number = '(0|[1-9]\\d*)';
const word = '[\\dA-Za-z-]';
const identifier = `(?:0|[1-9]\\d*|\\d*[A-Za-z-]${word}*)`;
const pattern = new RegExp(
  `^v?${number}(?:\\.${number})?(?:\\.${number})?(?:-(${identifier}(?:\\.${identifier})*))?(?:\\+${word}+(?:\\.${word}+)*)?$`,
);

/** A number as text that sorts by size: its length comes first. */
function sortable(number: string): string {
  return String.fromCharCode(number.length) + number;
}

const known = new Map<string, string | null>();

/**
 * Reads a SemVer 2.0.0 version as text that sorts by its precedence: numbers by size, a pre-release (`0`) before its release (`1`), numeric
 * identifiers before words, fewer identifiers before more. A leading `v` and missing minor or patch numbers are accepted.
 */
function read(text: string): string | null {
  const match = pattern.exec(text);
  if (!match) return null;
  const [, major = '0', minor = '0', patch = '0', pre] = match;
  const identifiers = pre?.split('.').map((one) => (/\D/.test(one) ? `w${one}` : `0${sortable(one)}`));
  return [major, minor, patch].map(sortable).join('') + (identifiers ? `0${identifiers.join('\0')}` : 1);
}

/** Reads a version as `read` does; the versions of a fleet are few, so that most are read only once. Long texts are neither read nor kept. */
export function parseVersion(text: string): string | null {
  if (text.length > MAX_LENGTH) return null;
  let version = known.get(text);
  if (version === undefined) {
    version = read(text);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(text, version);
  }
  return version;
}
