import { pointer, type RequestProblem } from './problem.js';

/** An issue as a schema reports it; a union carries the issues of each of its branches. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  readonly code?: string;
  readonly keys?: readonly string[];
  readonly errors?: readonly (readonly SchemaIssue[])[];
}

interface Located {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function pathOf(issue: SchemaIssue): PropertyKey[] {
  return (issue.path ?? []).map((part) => (typeof part === 'object' ? part.key : part));
}

function depthOf(found: readonly Located[]): number {
  return found.reduce((depth, { path }) => Math.max(depth, path.length), 0);
}

/** The branch that was meant: the one that went wrong deepest, then the one with the fewest problems. */
function meantBranch(branches: readonly (readonly Located[])[]): readonly Located[] {
  const [first = [], ...others] = branches;
  return others.reduce((best, branch) => {
    const deeper = depthOf(branch) - depthOf(best);
    return deeper > 0 || (deeper === 0 && branch.length < best.length) ? branch : best;
  }, first);
}

function locate(issue: SchemaIssue): readonly Located[] {
  const path = pathOf(issue);
  if (issue.errors !== undefined && issue.errors.length > 0) {
    const branches = issue.errors.map((branch) => branch.flatMap(locate)).filter((branch) => branch.length > 0);
    return meantBranch(branches).map((found) => ({ path: [...path, ...found.path], message: found.message }));
  }
  if (issue.code === 'unrecognized_keys' && issue.keys !== undefined)
    return issue.keys.map((key) => ({ path: [...path, key], message: 'is not a known member' }));
  return [{ path, message: issue.message }];
}

/** Every issue of a schema as a problem with a JSON pointer; of a union only the branch that was meant. */
export function problemsOf(issues: readonly SchemaIssue[]): RequestProblem[] {
  return issues.flatMap(locate).map(({ path, message }) => ({ path: pointer(path), message }));
}
