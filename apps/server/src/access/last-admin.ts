/** A token that holds all power, and when it ends. */
export interface AdminToken {
  readonly id: string;
  readonly expiresAt: Date | null;
}

/** Whether nobody who stays could administer as long as the holder of this token: of those valid now, none ends as late. */
export function isLastAdmin(admins: readonly AdminToken[], id: string): boolean {
  const leaving = admins.find((admin) => admin.id === id);
  if (!leaving) return false;
  return !admins.some((other) => other.id !== id && endOf(other) >= endOf(leaving));
}

function endOf({ expiresAt }: AdminToken): number {
  return expiresAt?.getTime() ?? Number.POSITIVE_INFINITY;
}
