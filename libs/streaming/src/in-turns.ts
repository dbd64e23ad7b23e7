/** Puts one of each key first, then another of each, and so on: who has one key, which may be public, does not fill a list that is cut. */
export function inTurns<Report extends { readonly keyId: string }>(reports: readonly Report[]): readonly Report[] {
  const turns = new Map<string, number>();
  const placed = reports.map((report) => {
    const turn = turns.get(report.keyId) ?? 0;
    turns.set(report.keyId, turn + 1);
    return { turn, report };
  });
  return placed.sort((a, b) => a.turn - b.turn).map(({ report }) => report);
}
