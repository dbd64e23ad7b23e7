import { controls, literal, perlClasses, posixClasses } from './character-classes.js';

/** A pattern in the words of the `matches` operator, or why it has none there. */
export type Pattern = { readonly source: string; readonly ignoreCase: boolean } | { readonly reason: string };

/** Which flags hold where the reader is. */
interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
}

const QUANTIFIER = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/;
const GROUP = /^\((?:\?(?:P?<\w+>|([imsU]*(?:-[imsU]+)?)([:)])))?/;
const CODE = /^\\x(?:\{([\da-fA-F]{1,6})\}|([\da-fA-F]{2}))/;
const CATEGORY = /^\\([pP])(?:\{(\^?)([A-Z][a-z]?)\}|([A-Z]))/;
const POSIX = /^\[:(\w+):\]/;

/** Reads one pattern that RE2 accepts, step by step, and writes it for ECMAScript's `u` flag. */
export class PatternReader {
  #rest: string;
  #flags: Flags;
  /** Flags that come back when a group ends. */
  readonly #outer: Flags[] = [];
  #isFolded = false;
  #isExact = false;
  #problem: string | null = null;
  #out = '';
  /** Where the alternative began that is being read, outside of any group. */
  #start = 0;

  constructor(pattern: string, isCaseIgnored: boolean) {
    this.#rest = pattern;
    this.#flags = { i: isCaseIgnored, m: false, s: false };
  }

  /** The whole pattern, or why it cannot be said. */
  read(): Pattern {
    while (this.#rest !== '') this.#out += this.#step();
    if (this.#isFolded && this.#isExact) this.#refuse('minds the case in one part and not in another');
    return this.#problem === null ? { source: this.#out, ignoreCase: this.#isFolded } : { reason: this.#problem };
  }

  /** Ends the reading. */
  #refuse(problem: string): string {
    this.#problem ??= problem;
    this.#rest = '';
    return '';
  }

  #take(length: number): string {
    const taken = this.#rest.slice(0, length);
    this.#rest = this.#rest.slice(length);
    return taken;
  }

  #step(): string {
    const quantifier = QUANTIFIER.exec(this.#rest)?.[0];
    if (quantifier !== undefined) return this.#take(quantifier.length);
    switch (this.#rest.charAt(0)) {
      case '(':
        return this.#group();
      case ')':
        this.#flags = this.#outer.pop() ?? this.#flags;
        return this.#take(1);
      case '|':
        if (this.#outer.length === 0) this.#start = this.#out.length + 1;
        return this.#take(1);
      case '[':
        return this.#brackets();
      case '\\':
        return this.#escape();
      case '.':
        this.#take(1);
        return this.#flags.s ? '[\\s\\S]' : '[^\\n]';
      case '^':
      case '$':
        return this.#edge();
      default:
        return this.#character();
    }
  }

  #character(): string {
    const character = String.fromCodePoint(this.#rest.codePointAt(0) ?? 0);
    this.#take(character.length);
    this.#see(character);
    return literal(character);
  }

  /** Remembers whether what has two cases was read with or without minding them. */
  #see(text: string): void {
    if (text.toLowerCase() === text.toUpperCase()) return;
    if (this.#flags.i) this.#isFolded = true;
    else this.#isExact = true;
  }

  #group(): string {
    const [opening = '(', letters, close] = GROUP.exec(this.#rest) ?? [];
    this.#take(opening.length);
    if (close !== ')') this.#outer.push(this.#flags);
    if (letters !== undefined) this.#set(letters);
    return close === ')' ? '' : '(?:';
  }

  #set(letters: string): void {
    const [on = '', off = ''] = letters.split('-');
    const value = (flag: keyof Flags): boolean => (on.includes(flag) || this.#flags[flag]) && !off.includes(flag);
    this.#flags = { i: value('i'), m: value('m'), s: value('s') };
  }

  /** Lines begin and end where a line feed is, which can be taken along where the pattern itself begins or ends. */
  #edge(): string {
    const edge = this.#take(1);
    if (!this.#flags.m) return edge;
    const isOutside = this.#outer.length === 0;
    const isFirst = isOutside && this.#out.length === this.#start;
    const isLast = isOutside && (this.#rest === '' || this.#rest.startsWith('|'));
    if (edge === '^' ? isFirst : isLast) return `(?:${edge}|\\n)`;
    return this.#refuse('looks for the edge of a line in its middle');
  }

  #escape(): string {
    const letter = this.#rest.charAt(1);
    if (/[bB]/.test(letter)) return this.#take(2);
    if (letter === 'A' || letter === 'z') {
      this.#take(2);
      return letter === 'A' ? '^' : '$';
    }
    const negated = perlClasses.get(letter.toLowerCase());
    if (negated !== undefined && letter !== letter.toLowerCase()) {
      this.#take(2);
      return `[^${negated}]`;
    }
    const member = this.#escapedMember();
    return perlClasses.has(letter) ? `[${member}]` : member;
  }

  /** An escape that means the same outside and inside brackets, where a class is written without its own. */
  #escapedMember(): string {
    const letter = this.#rest.charAt(1);
    const known = perlClasses.get(letter) ?? controls.get(letter);
    if (known !== undefined) {
      this.#take(2);
      return known;
    }
    const code = CODE.exec(this.#rest);
    if (code !== null) return this.#code(code[0].length, code[1] ?? code[2] ?? '');
    const category = CATEGORY.exec(this.#rest);
    if (category !== null) return this.#category(category);
    if (/\w/.test(letter)) return this.#refuse(`has \\${letter} in a place where nothing here means the same`);
    this.#take(1);
    return this.#character();
  }

  #code(length: number, digits: string): string {
    this.#take(length);
    this.#see(String.fromCodePoint(Number.parseInt(digits, 16)));
    return `\\u{${digits}}`;
  }

  #category([whole, sign = '', not = '', long, short]: RegExpExecArray): string {
    if (this.#flags.i) return this.#refuse('has a class of Unicode where case is ignored');
    this.#take(whole.length);
    this.#isExact = true;
    const isNegated = (sign === 'P') !== (not === '^');
    return `\\${isNegated ? 'P' : 'p'}{${long ?? short ?? ''}}`;
  }

  #brackets(): string {
    const opening = /^\[\^?/.exec(this.#rest)?.[0] ?? '[';
    this.#take(opening.length);
    let members = '';
    do members += this.#members();
    while (this.#rest !== '' && !this.#rest.startsWith(']'));
    this.#take(1);
    return `${opening}${members}]`;
  }

  /** A class by name, an escape, a character, or all from one character to another. */
  #members(): string {
    const posix = POSIX.exec(this.#rest);
    const known = posixClasses.get(posix?.[1] ?? '');
    if (posix !== null && known !== undefined) {
      this.#take(posix[0].length);
      this.#seeRange('A', 'z');
      return known;
    }
    if (this.#rest.startsWith('[:')) return this.#refuse('has a negated class in brackets');
    if (/^\\[dws]/.test(this.#rest)) return this.#escapedMember();
    const low = this.#member();
    if (!/^-[^\]]/su.test(this.#rest)) return low;
    this.#take(1);
    const high = this.#member();
    this.#seeRange(low, high);
    return `${low}-${high}`;
  }

  #member(): string {
    return this.#rest.startsWith('\\') ? this.#escapedMember() : this.#character();
  }

  /** A range may hold letters that are not written; below them there are none with two cases. */
  #seeRange(low: string, high: string): void {
    if (low > '@' || high > '@' || high.startsWith('\\')) this.#see('a');
  }
}
