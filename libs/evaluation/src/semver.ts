/** The longest text that is read as a version. */
const MAX_VERSION_LENGTH = 1024;

const digits = '(0|[1-9]\\d*)';
const identifier = '(?:0|[1-9]\\d*|\\d*[A-Za-z-][0-9A-Za-z-]*)';
const build = '[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*';
const pattern = new RegExp(`^v?${digits}(?:\\.${digits})?(?:\\.${digits})?(?:-(${identifier}(?:\\.${identifier})*))?(?:\\+${build})?$`);

/** A number as text that sorts by size: its length comes first. */
function sortable(number: string): string {
  return String.fromCharCode(number.length) + number;
}

function sortableIdentifier(identifier: string): string {
  return /^\d+$/.test(identifier) ? `0${sortable(identifier)}` : `w${identifier}`;
}

/** How many texts are remembered. */
const MAX_KNOWN = 1000;

const known = new Map<string, string | null>();

/**
 * Reads a SemVer 2.0.0 version as text that sorts by its precedence: numbers by size, a pre-release (`0`) before its release (`1`), numeric
 * identifiers before words, fewer identifiers before more. A leading `v` and missing minor or patch numbers are accepted.
 */
function read(text: string): string | null {
  const match = text.length > MAX_VERSION_LENGTH ? null : pattern.exec(text);
  if (match === null) return null;
  const [, major = '0', minor = '0', patch = '0', pre] = match;
  const core = sortable(major) + sortable(minor) + sortable(patch);
  return pre === undefined ? `${core}1` : `${core}0${pre.split('.').map(sortableIdentifier).join('\0')}`;
}

/** Reads a version as `read` does; the versions of a fleet are few, so that most are read only once. */
export function parseVersion(text: string): string | null {
  let version = known.get(text);
  if (version === undefined) {
    version = read(text);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(text, version);
  }
  return version;
}
