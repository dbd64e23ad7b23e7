import { placeKey } from '@ballast/api';
import { Injectable } from '@nestjs/common';
import { refuse } from '../errors.js';
import { type Environment, type EnvironmentRecord, EnvironmentsStore, type ProjectRecord } from './environments.store.js';

/** Finds the places that a URL names. */
@Injectable()
export class Environments {
  constructor(private readonly store: EnvironmentsStore) {}

  /** The project with this key. */
  async project(key: string): Promise<ProjectRecord> {
    return (await this.find(key)) ?? refuse('project.not_found', { project: key });
  }

  /** The environment with this key in this project. */
  async environment(projectKey: string, key: string): Promise<EnvironmentRecord> {
    const found = isPlaceKey(projectKey) && isPlaceKey(key) ? await this.store.environment(projectKey, key) : null;
    if (found) return found;
    await this.project(projectKey);
    return refuse('environment.not_found', { project: projectKey, environment: key });
  }

  /** Every environment of a project, in id order. */
  all(projectId: string): Promise<readonly Environment[]> {
    return this.store.all(projectId);
  }

  private async find(key: string): Promise<ProjectRecord | null> {
    return isPlaceKey(key) ? this.store.project(key) : null;
  }
}

/** What is no key cannot be found; the database is not asked, since it refuses some texts. */
function isPlaceKey(text: string): boolean {
  return placeKey.safeParse(text).success;
}
