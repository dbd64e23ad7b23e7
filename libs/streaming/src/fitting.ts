import type { Tally } from '@ballast/protocol';

/** Bytes of an answer at most: a server takes messages of 64 KiB and closes the connection on a larger one. */
export const ANSWER_BYTES = 60_000;

/** The tally with its lists cut until it fits into one message; whoever chose the names in them does not decide whether it arrives. */
export function fitting(tally: Tally, bytes = ANSWER_BYTES): Tally {
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
  const listed = tally.listed.slice(0, Math.max(1, most));
  const [troubled, absent, propagation] = [tally.troubled.slice(0, most), tally.absent.slice(0, most), tally.propagation.slice(0, most)];
  return { ...tally, listed, hasMore: tally.hasMore || listed.length < tally.listed.length, troubled, absent, propagation };
}

function sizeOf(tally: Tally): number {
  return Buffer.byteLength(JSON.stringify(tally));
}
