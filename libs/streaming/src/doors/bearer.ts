/** The secret of an `Authorization: Bearer` header, or null when there is none. */
export function bearerOf(header: string | undefined): string | null {
  return /^Bearer +([\x21-\x7e]{1,512})$/i.exec(header ?? '')?.[1] ?? null;
}
