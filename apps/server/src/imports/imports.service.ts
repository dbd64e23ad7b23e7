import { type ImportedItem, type ImportQuery, type ImportReport, isStorable, type RequestProblem } from '@ballast/api';
import { fromFlagd, fromUnleash, type Translation, type TranslationResult } from '@ballast/importers';
import { Injectable } from '@nestjs/common';
import type { Actor, WriteResult } from '../changes/index.js';
import { type EnvironmentRecord, Environments, type ProjectRecord } from '../environments/index.js';
import { refuse } from '../errors.js';
import { FlagImports, type ImportOutcome } from '../flags/index.js';
import { ImportsView } from './imports.view.js';

/** One file for one environment. */
export interface FileImport {
  readonly environment: EnvironmentRecord;
  readonly query: ImportQuery;
  readonly content: unknown;
  readonly actor: Actor;
}

/** What flags get that the project does not have yet. */
interface NewFlagTerms {
  readonly owner: string | null;
  readonly expiresAt?: string | undefined;
  readonly ttlDays?: number | undefined;
}

/** Takes other systems' files in. */
@Injectable()
export class Imports {
  constructor(
    private readonly environments: Environments,
    private readonly flags: FlagImports,
    private readonly view: ImportsView,
  ) {}

  /** Translates a file and applies it in one write; every flag of it is in the report. */
  async run({ environment, query, content, actor }: FileImport): Promise<WriteResult<ImportReport>> {
    const translated = translate(content, query, environment.key);
    if (!translated.ok) return refuse('import.unreadable', { problem: translated.problem });
    const { translation } = translated;
    const terms = termsOf(query, await this.environments.project(environment.projectKey));
    if (await this.hasNew(environment.projectId, translation)) checkTerms(terms);
    const { dryRun, reason = `imported from a ${query.format} file` } = query;
    const place = { projectId: environment.projectId, environmentId: environment.id };
    const write = await this.flags.apply({ ...place, ...terms, items: translation.items, actor, reason, dryRun });
    return { ...write, result: reportOf(query.format, translation, write.result) };
  }

  private async hasNew(projectId: string, { items }: Translation): Promise<boolean> {
    const keys = items.map(({ key }) => key).filter(isStorable);
    return (await this.view.countFlags(projectId, keys)) < keys.length;
  }
}

/** An export of Unleash's with several environments is asked for the one that the query names, else for the one of the same key. */
function translate(content: unknown, { format, from }: ImportQuery, key: string): TranslationResult {
  return format === 'flagd' ? fromFlagd(content) : fromUnleash(content, { environment: from ?? key });
}

/** What the query says, or else the project. */
function termsOf(query: ImportQuery, project: ProjectRecord): NewFlagTerms {
  const { owner = project.defaultOwner, expiresAt, ttlDays } = query;
  if (expiresAt !== undefined && ttlDays !== undefined) {
    return refuse('request.invalid', { problems: [{ path: '/ttlDays', message: 'cannot be given together with expiresAt' }] });
  }
  return { owner, expiresAt, ttlDays: expiresAt === undefined ? (ttlDays ?? project.defaultTtlDays ?? undefined) : undefined };
}

function checkTerms({ owner, expiresAt, ttlDays }: NewFlagTerms): void {
  const problems: RequestProblem[] = [];
  const why = 'the file has flags that the project does not have yet';
  if (owner === null) problems.push({ path: '/owner', message: `is missing: ${why}, and the project has no defaultOwner` });
  if (expiresAt === undefined && ttlDays === undefined) {
    problems.push({ path: '/ttlDays', message: `or expiresAt is missing: ${why}, and the project has no defaultTtlDays` });
  }
  if (problems.length > 0) refuse('request.invalid', { problems });
}

function reportOf(format: ImportReport['format'], { items, refused }: Translation, outcomes: readonly ImportOutcome[]): ImportReport {
  const notes = new Map(items.map((item) => [item.key, item.notes]));
  const applied = outcomes.map(
    ({ key, outcome, reasons }): ImportedItem => ({ key, outcome, reasons: [...reasons], notes: [...(notes.get(key) ?? [])] }),
  );
  const untranslated = refused.map(({ key, reasons }): ImportedItem => ({ key, outcome: 'refused', reasons: [...reasons], notes: [] }));
  const all = [...applied, ...untranslated];
  const count = (wanted: ImportedItem['outcome']): number => all.filter(({ outcome }) => outcome === wanted).length;
  return {
    format,
    created: count('created'),
    changed: count('changed'),
    unchanged: count('unchanged'),
    refused: count('refused'),
    items: all,
  };
}
