import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { type GenerateArguments, type GenerateEnvironment, readArguments, USAGE } from './arguments.js';
import { moduleText } from './module-text.js';
import { projectFlags } from './project-flags.js';

/** Where a command prints. */
export interface Output {
  /** What was asked for. */
  readonly out: (text: string) => void;
  /** What people should know. */
  readonly err: (text: string) => void;
}

/** 0: done. 1: out of date. 2: wrong arguments. 3: the server or the file failed. */
export type ExitCode = 0 | 1 | 2 | 3;

/** Runs `ballast-sdk` with these arguments; never throws. */
export async function generate(args: readonly string[], environment: GenerateEnvironment, output: Output): Promise<ExitCode> {
  const read = readArguments(args, environment);
  if (read === 'help') {
    output.out(USAGE);
    return 0;
  }
  if ('problem' in read) {
    output.err(`${read.problem}\n\n${USAGE}`);
    return 2;
  }
  try {
    const flags = await projectFlags(read);
    return await deliver(moduleText(read.project, flags), flags.length, read, output);
  } catch (error) {
    output.err(`${error instanceof Error ? error.message : error}\n`);
    return 3;
  }
}

async function deliver(text: string, count: number, { out, check }: GenerateArguments, output: Output): Promise<ExitCode> {
  if (out === '-') {
    output.out(text);
    return 0;
  }
  const isCurrent = (await readIfThere(out)) === text;
  if (check && !isCurrent) {
    output.err(`${out} is out of date: run ballast-sdk generate without --check\n`);
    return 1;
  }
  if (!isCurrent) await replace(out, text);
  output.err(`${out} ${isCurrent ? 'is up to date' : 'is written'}: ${count} ${count === 1 ? 'flag' : 'flags'}\n`);
  return 0;
}

/** Whoever reads the file meanwhile finds the old one or the new one, never half of either. */
async function replace(file: string, text: string): Promise<void> {
  const draft = `${file}.${process.pid}.draft`;
  try {
    await writeFile(draft, text);
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
