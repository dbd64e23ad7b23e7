import { z } from 'zod';

/** One thing that is wrong with a request; `path` is a JSON pointer into what was sent. */
export const requestProblem = z.object({ path: z.string(), message: z.string() }).meta({ id: 'RequestProblem' });
export type RequestProblem = z.infer<typeof requestProblem>;

/** RFC 9457 `application/problem+json` with a stable `code`; some codes carry more members. */
export const problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    instance: z.string().optional(),
    code: z.string().meta({ description: 'Stable name of the problem, such as flag.not_found' }),
    problems: z.array(requestProblem).optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problem>;

/** A path of keys as an RFC 6901 JSON pointer. */
export function pointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
