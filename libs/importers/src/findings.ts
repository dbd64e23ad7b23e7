/** What translating one flag finds: its reasons for refusal and its notes gather here. */
export interface Findings {
  readonly reasons: Set<string>;
  readonly notes: Set<string>;
}

/** Any JSON object of a foreign file. */
export type Members = { readonly [name: string]: unknown };

/** Whether a value is a JSON object, not an array. */
export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The own member of an object; members that every object inherits do not count. */
export function own(members: Members, name: string): unknown {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}

/** Records why the flag cannot be taken; the value returned has no meaning any more. */
export function refuseFlag(findings: Findings, reason: string): false {
  findings.reasons.add(reason);
  return false;
}

/** A value of the file as it is quoted in a message: short, whatever its size. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
