import { z } from 'zod';

/** An object whose members are data: zod's own record drops a member named `__proto__`, this one keeps it. */
export function keyed<Value>(key: z.ZodType<string>, value: z.ZodType<Value>) {
  return z
    .custom<object>((input) => typeof input === 'object' && input !== null && !Array.isArray(input), 'Invalid input: expected object')
    .transform((input, context): Readonly<Record<string, Value>> => {
      const members: [string, Value][] = [];
      for (const [name, member] of Object.entries(input)) {
        const goodName = key.safeParse(name);
        const good = value.safeParse(member);
        const issues = [...(goodName.error?.issues ?? []), ...(good.error?.issues ?? [])];
        for (const issue of issues) context.addIssue({ ...issue, path: [name, ...issue.path] });
        if (goodName.success && good.success) members.push([name, good.data]);
      }
      // fromEntries defines own members, so `__proto__` is one like any other.
      return Object.fromEntries(members);
    })
    .meta({ type: 'object', additionalProperties: z.toJSONSchema(value, { io: 'input', unrepresentable: 'any' }) });
}
