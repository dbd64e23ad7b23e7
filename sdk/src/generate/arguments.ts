import { parseArgs } from 'node:util';

/** What is printed for `--help`, and after wrong arguments. */
export const USAGE = `ballast-sdk generate: writes a TypeScript module with the flags of a project, so that a wrong key or type does not compile

  --url <url>          where the Ballast server is; else BALLAST_URL
  --token <token>      an API token that may read; else BALLAST_TOKEN, which other users of the machine cannot see
  --project <project>  whose flags; else "default"
  --out <file>         where the module goes; else flags.ts; "-" prints it
  --check              writes nothing; fails when the file is not what would be written

Exit codes: 0 done, or up to date; 1 out of date (--check); 2 wrong arguments; 3 the server or the file could not be read or written
`;

/** What to generate from, and where to. */
export interface GenerateArguments {
  readonly url: string;
  readonly token: string;
  readonly project: string;
  readonly out: string;
  readonly check: boolean;
}

/** Settings that stand in for arguments. */
export interface GenerateEnvironment {
  readonly BALLAST_URL?: string | undefined;
  readonly BALLAST_TOKEN?: string | undefined;
}

const options = {
  url: { type: 'string' },
  token: { type: 'string' },
  project: { type: 'string', default: 'default' },
  out: { type: 'string', default: 'flags.ts' },
  check: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** Reads a command line; `help` when that is asked for, or what is wrong with it. */
export function readArguments(
  args: readonly string[],
  environment: GenerateEnvironment,
): GenerateArguments | 'help' | { readonly problem: string } {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
    const { url = environment.BALLAST_URL, token = environment.BALLAST_TOKEN, project, out, check, help } = values;
    if (help) return 'help';
    if (positionals.length !== 1 || positionals[0] !== 'generate') return { problem: 'The one command is "generate".' };
    if (url === undefined || !/^https?:\/\//.test(url) || !URL.canParse(url))
      return { problem: 'Say with --url where the server is: http(s)://…' };
    if (token === undefined || !/^[!-~]+$/.test(token)) return { problem: 'Give an API token with --token or BALLAST_TOKEN.' };
    if (check && out === '-') return { problem: '--check needs a file.' };
    return { url: url.replace(/\/+$/, ''), token, project, out, check };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
