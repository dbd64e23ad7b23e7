import { type CreateObjective, createObjective, type OpenSloReport, problemsOf } from '@ballast/api';
import { type Finding, fromOpenSlo, type Objective, prometheusRules, prometheusRuleTests, toOpenSlo } from '@ballast/slo';
import { Injectable } from '@nestjs/common';
import { stringify } from 'yaml';
import type { WriteBy } from '../access/index.js';
import { type AuditEntry, ChangeLedger, diff, type LedgerTransaction, type WriteResult } from '../changes/index.js';
import { type EnvironmentRecord, Environments } from '../environments/index.js';
import { refuse } from '../errors.js';
import { type ObjectiveRecord, objectiveOf } from './objective.types.js';
import { line, newRecord, ObjectivesService } from './objectives.service.js';
import { ObjectivesStore } from './objectives.store.js';
import { Rounds } from './rounds.service.js';
import { UnreadableYaml, yamlDocuments } from './yaml-documents.js';

type Outcome = OpenSloReport['objectives'][number];

/** An imported objective that fits, or what keeps it out. */
type Checked = { readonly wanted: CreateObjective } | { readonly finding: Finding };

/** What an import reads, and where it goes. */
export interface OpenSloImportRequest extends WriteBy {
  readonly project: string;
  readonly environment: string;
  readonly owner: string | undefined;
}

/** What is read to write a file. */
@Injectable()
export class ObjectiveFiles {
  constructor(
    private readonly environments: Environments,
    private readonly store: ObjectivesStore,
    private readonly rounds: Rounds,
  ) {}

  /** The objectives of a project as a rule file, or as tests of one. */
  async prometheus(project: string, environment: string | undefined, form: 'rules' | 'tests'): Promise<string> {
    const records = await this.records(project, environment);
    const find = await this.rounds.flagsByTag(records);
    const [{ projectId } = { projectId: '' }] = records;
    const flagsOfTag = (tag: string) => find(projectId, tag);
    const objectives = records.map(objectiveOf);
    return form === 'rules' ? prometheusRules(objectives, flagsOfTag) : prometheusRuleTests('rules.yml', objectives, flagsOfTag);
  }

  /** The objectives of a project as OpenSLO documents. */
  async openSlo(project: string, environment: string | undefined): Promise<string> {
    const records = await this.records(project, environment);
    return records.map((record) => `---\n${stringify(toOpenSlo(objectiveOf(record)))}`).join('');
  }

  private async records(project: string, environment: string | undefined): Promise<readonly ObjectiveRecord[]> {
    const { id } = await this.environments.project(project);
    if (environment !== undefined) await this.environments.environment(project, environment);
    return this.store.inProject(id, environment);
  }
}

/** Creates and replaces objectives from OpenSLO documents; what cannot be taken is refused by itself, with its reasons. */
@Injectable()
export class OpenSloImports {
  constructor(
    private readonly environments: Environments,
    private readonly ledger: ChangeLedger,
    private readonly store: ObjectivesStore,
    private readonly objectives: ObjectivesService,
  ) {}

  /** Takes what the file holds, in one write. */
  async import(text: string, request: OpenSloImportRequest): Promise<WriteResult<OpenSloReport>> {
    const { project, owner, ...by } = request;
    const environment = await this.environments.environment(project, request.environment);
    const documents = await documentsOf(text);
    const read = fromOpenSlo(documents, { project, environment: environment.key, owner: owner ?? by.actor.name });
    const checked = read.objectives.map(checkedOf);
    const findings = [...read.findings, ...checked.flatMap((each) => ('finding' in each ? [each.finding] : []))];
    return this.ledger.write({ ...by, projectId: environment.projectId, environmentIds: [] }, async (ledger) => {
      const audit: AuditEntry[] = [];
      const objectives: Outcome[] = [];
      for (const each of checked) {
        if ('finding' in each) continue;
        const taken = await this.take(each.wanted, environment, ledger);
        if (taken.line !== null) audit.push(taken.line);
        objectives.push(taken.outcome);
      }
      return { entries: new Map(), audit, result: { objectives, findings: findings.map((finding) => ({ ...finding })) } };
    });
  }

  private async take(
    wanted: CreateObjective,
    place: EnvironmentRecord,
    { tx, at }: LedgerTransaction,
  ): Promise<{ readonly outcome: Outcome; readonly line: AuditEntry | null }> {
    const { name, environment, reason: _, ...document } = wanted;
    const before = await this.store.locked(tx, place.projectId, name);
    if (before === null) {
      const where = { project: place.projectKey, projectId: place.projectId, environment, environmentId: place.id };
      const record = { ...newRecord({ name, document, at }), ...where };
      await this.objectives.insert(tx, record);
      return { outcome: { name, outcome: 'created' }, line: line('objective.create', null, record) };
    }
    if (before.environmentId !== place.id) return refuse('objective.name_taken', { objective: name });
    if (diff(before.document, document).length === 0) return { outcome: { name, outcome: 'unchanged' }, line: null };
    const after = await this.store.update(tx, before, { document, at });
    return { outcome: { name, outcome: 'changed' }, line: line('objective.update', before, after) };
  }
}

/** The documents of a file, or a refusal that says what is wrong with it. */
async function documentsOf(text: string): Promise<readonly unknown[]> {
  try {
    return await yamlDocuments(text);
  } catch (error) {
    if (error instanceof UnreadableYaml) return refuse('import.unreadable', { problem: error.message });
    throw error;
  }
}

/** What OpenSLO lets through and the API does not: names that are kept, texts that are too long. */
function checkedOf({ project: _, ...objective }: Objective): Checked {
  const parsed = createObjective.safeParse(structuredClone(objective));
  if (parsed.success) return { wanted: parsed.data };
  const message = problemsOf(parsed.error.issues)
    .map((problem) => `${problem.path} ${problem.message}`)
    .join('; ');
  return { finding: { level: 'error', path: objective.name, message } };
}
