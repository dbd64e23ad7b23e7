import type { Tally } from '@ballast/protocol';
import { wholePage } from './pages.js';
import { unpackRoll } from './roll.js';
import { rollCall } from './roll-call.js';

/** Bytes of an answer at most: a server takes messages of 64 KiB and closes the connection on a larger one. */
export const ANSWER_BYTES = 60_000;
/** Bytes of an answer that its lists leave to the roll. */
const LISTS_BYTES = 20_000;
/** Characters of one line of a packed roll. */
const LINE = 52 / 3;

/** The tally with its lists and its roll cut until it fits into one message; whoever chose the names in them does not decide whether it arrives. */
export function fitting(tally: Tally, bytes = ANSWER_BYTES): Tally {
  if (sizeOf(tally) <= bytes) return tally;
  const { roll, found = '', ...rest } = tally;
  const room = bytes - found.length - (roll === undefined ? 0 : Math.min(roll.length, bytes - LISTS_BYTES));
  const fit = { ...cutTo(rest, room), ...(tally.found !== undefined && { found }) };
  if (roll === undefined) return fit;
  const lines = Math.floor(Math.max(0, bytes - sizeOf(fit) - LISTS_BYTES / 10) / LINE);
  return { ...fit, ...rollCall(unpackRoll(roll), tally.beyond, lines) };
}

function cutTo(tally: Tally, bytes: number): Tally {
  let fit = tally;
  for (let most = longest(tally); most > 0 && sizeOf(fit) > bytes; ) {
    most = Math.floor(most / 2);
    fit = cut(tally, most);
  }
  return fit;
}

function longest({ listed, troubled, absent, propagation }: Tally): number {
  return Math.max(listed.length, troubled.length, absent.length, propagation.length);
}

function cut(tally: Tally, most: number): Tally {
  // A page without anybody has no place to go on from: one name always stays.
  const listed = wholePage(tally.listed, Math.max(1, most));
  const [troubled, absent, propagation] = [tally.troubled.slice(0, most), tally.absent.slice(0, most), tally.propagation.slice(0, most)];
  return { ...tally, listed, hasMore: tally.hasMore || listed.length < tally.listed.length, troubled, absent, propagation };
}

function sizeOf(tally: Tally): number {
  return Buffer.byteLength(JSON.stringify(tally));
}
