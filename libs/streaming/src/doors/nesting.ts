const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** `[` and `{`, `]` and `}` are this bit apart. */
const CURLY = 0x20;
const OPENING = 0x5b;
const CLOSING = 0x5d;

/** How deeply JSON text is nested, counted without recursion; counting stops just above `enough`. */
export function nestingOf(text: string, enough: number): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length && deepest <= enough; at += 1) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) at = endOfString(text, at);
    else if ((char & ~CURLY) === OPENING) deepest = Math.max(deepest, ++depth);
    else if ((char & ~CURLY) === CLOSING) depth -= 1;
  }
  return deepest;
}

/** Position of the quote that ends the string begun at `start`; the end of the text if there is none. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) return at;
    if (char === BACKSLASH) at += 1;
  }
  return text.length;
}
