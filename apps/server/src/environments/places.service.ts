import { randomUUID } from 'node:crypto';
import {
  type CreateEnvironment,
  type CreateProject,
  type EnvironmentView,
  LIMITS,
  type PatchEnvironment,
  type PatchProject,
  type ProjectView,
} from '@ballast/api';
import { Injectable } from '@nestjs/common';
import type { WriteBy } from '../access/index.js';
import { ChangeLedger, type EntryChange, type WriteResult } from '../changes/index.js';
import { refuse } from '../errors.js';
import { EnvironmentFillers } from './environment-filler.js';
import { Environments } from './environments.js';
import { EnvironmentsStore } from './environments.store.js';
import { environmentView, projectView } from './views.js';

/** Creates and changes projects and environments. */
@Injectable()
export class Places {
  constructor(
    private readonly environments: Environments,
    private readonly store: EnvironmentsStore,
    private readonly ledger: ChangeLedger,
    private readonly fillers: EnvironmentFillers,
  ) {}

  /** Creates a project, still without environments. */
  createProject(wanted: CreateProject, by: WriteBy): Promise<WriteResult<ProjectView>> {
    const id = randomUUID();
    return this.ledger.write({ ...by, projectId: id, environmentIds: [] }, async ({ tx, at }) => {
      if ((await this.store.countProjects(tx)) >= LIMITS.projects.max)
        refuse('limit.reached', { limit: 'projects', max: LIMITS.projects.max });
      const { key, name = key, defaultOwner = null, defaultTtlDays = null } = wanted;
      const row = await this.store.createProject(tx, { id, key, name, defaultOwner, defaultTtlDays, createdAt: at });
      if (!row) return refuse('project.key_taken', { project: key });
      const after = projectView(row);
      return { entries: new Map(), audit: [projectLine('project.create', null, after)], result: after };
    });
  }

  /** Changes a project's name or what imports fall back to. */
  async patchProject(key: string, wanted: PatchProject, by: WriteBy): Promise<WriteResult<ProjectView>> {
    const { id } = await this.environments.project(key);
    return this.ledger.write({ ...by, projectId: id, environmentIds: [] }, async ({ tx }) => {
      const before = projectView(await this.store.lockProject(tx, id));
      const { reason: _, ...data } = wanted;
      const after = projectView(await this.store.updateProject(tx, id, data));
      return { entries: new Map(), audit: [projectLine('project.update', before, after)], result: after };
    });
  }

  /** Creates an environment that serves every flag of the project at once, switched off. */
  async createEnvironment(projectKey: string, wanted: CreateEnvironment, by: WriteBy): Promise<WriteResult<EnvironmentView>> {
    const project = await this.environments.project(projectKey);
    const id = randomUUID();
    const write = await this.ledger.write({ ...by, projectId: project.id, environmentIds: [id] }, async (ledger) => {
      await this.store.lockProject(ledger.tx, project.id);
      const count = await this.store.countEnvironments(ledger.tx, project.id);
      const { max } = LIMITS.environmentsPerProject;
      if (count >= max) refuse('limit.reached', { limit: 'environmentsPerProject', max });
      const { key, name = key } = wanted;
      const row = await this.store.createEnvironment(ledger.tx, { id, projectId: project.id, key, name, createdAt: ledger.at });
      if (!row) return refuse('environment.key_taken', { project: projectKey, environment: key });
      const entries: readonly EntryChange[] = await this.fillers.fill(ledger, { id, key, projectId: project.id });
      const after = environmentView(row, 0);
      return { entries: new Map([[id, entries]]), audit: [environmentLine('environment.create', null, after, id)], result: after };
    });
    return { ...write, result: { ...write.result, revision: write.revisions.get(id) ?? 0 } };
  }

  /** Changes an environment's name. */
  async patchEnvironment(
    place: { project: string; environment: string },
    wanted: PatchEnvironment,
    by: WriteBy,
  ): Promise<WriteResult<EnvironmentView>> {
    const { id, projectId } = await this.environments.environment(place.project, place.environment);
    return this.ledger.write({ ...by, projectId, environmentIds: [id] }, async ({ tx, nextRevision }) => {
      const revision = (nextRevision.get(id) ?? 1) - 1;
      const before = environmentView(await this.store.lockedEnvironment(tx, id), revision);
      const { reason: _, ...data } = wanted;
      const after = environmentView(await this.store.updateEnvironment(tx, id, data), revision);
      return { entries: new Map(), audit: [environmentLine('environment.update', before, after, id)], result: after };
    });
  }
}

function projectLine(action: string, before: ProjectView | null, after: ProjectView) {
  return { action, resourceKind: 'project', resourceKey: after.key, before, after };
}

function environmentLine(action: string, before: EnvironmentView | null, after: EnvironmentView, environmentId: string) {
  // The revision is not part of what was edited: it would be a difference in every line.
  const edited = (view: EnvironmentView) => ({ key: view.key, name: view.name, createdAt: view.createdAt });
  return {
    environmentId,
    action,
    resourceKind: 'environment',
    resourceKey: after.key,
    before: before && edited(before),
    after: edited(after),
  };
}
