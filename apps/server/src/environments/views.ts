import type { EnvironmentView, ProjectView } from '@ballast/api';
import type { Environment, ProjectRecord } from './environments.store.js';

/** A project as it is answered and audited. */
export function projectView(row: ProjectRecord): ProjectView {
  const { key, name, defaultOwner, defaultTtlDays, createdAt } = row;
  return { key, name, defaultOwner, defaultTtlDays, createdAt: createdAt.toISOString() };
}

/** An environment as it is answered. */
export function environmentView(row: Environment, revision: number): EnvironmentView {
  return { key: row.key, name: row.name, createdAt: row.createdAt.toISOString(), revision };
}
