/** What stands for a class of ASCII characters inside the brackets of ECMAScript. */
export const posixClasses: ReadonlyMap<string, string> = new Map([
  ['alnum', '0-9A-Za-z'],
  ['alpha', 'A-Za-z'],
  ['ascii', '\\x00-\\x7F'],
  ['blank', '\\t '],
  ['cntrl', '\\x00-\\x1F\\x7F'],
  ['digit', '0-9'],
  ['graph', '!-~'],
  ['lower', 'a-z'],
  ['print', ' -~'],
  ['punct', '!-\\/:-@\\[-`\\{-~'],
  ['space', '\\t\\n\\v\\f\\r '],
  ['upper', 'A-Z'],
  ['word', '0-9A-Za-z_'],
  ['xdigit', '0-9A-Fa-f'],
]);

/** Classes by letter; RE2's are of ASCII, ECMAScript's `\s` is not. */
export const perlClasses: ReadonlyMap<string, string> = new Map([
  ['d', '0-9'],
  ['w', '0-9A-Za-z_'],
  ['s', '\\t\\n\\f\\r '],
]);

/** Characters by the letter that is escaped. */
export const controls: ReadonlyMap<string, string> = new Map([
  ['a', '\\x07'],
  ['f', '\\f'],
  ['t', '\\t'],
  ['n', '\\n'],
  ['r', '\\r'],
  ['v', '\\v'],
]);

/** A character as itself, outside and inside brackets. */
export function literal(character: string): string {
  return /[\\^$.*+?()[\]{}|/-]/.test(character) ? (character === '-' ? '\\x2D' : `\\${character}`) : character;
}
