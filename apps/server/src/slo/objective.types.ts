import type { PatchedObjective } from '@ballast/api';
import type { Objective } from '@ballast/slo';

/** What people edit of an objective; its name and environment never change. */
export type ObjectiveDocument = PatchedObjective;

/** An objective as it is stored, with the keys of where it is. */
export interface ObjectiveRecord {
  readonly id: string;
  readonly projectId: string;
  readonly environmentId: string;
  readonly project: string;
  readonly environment: string;
  readonly name: string;
  readonly document: ObjectiveDocument;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** The objective that a record holds, as the arithmetic knows it. */
export function objectiveOf({
  project,
  environment,
  name,
  document,
}: Pick<ObjectiveRecord, 'project' | 'environment' | 'name' | 'document'>): Objective {
  return { project, environment, name, ...document };
}

/** The flag that an objective is about, if it is about one. */
export function flagOf({ scope }: Pick<ObjectiveDocument, 'scope'>): string | null {
  return scope.kind === 'flag' || scope.kind === 'variant' ? scope.flag : null;
}

/** The tag that leads to an objective's flags, if a tag does; a service is a tag of its own kind. */
export function tagOf({ scope }: Pick<ObjectiveDocument, 'scope'>): string | null {
  if (scope.kind === 'tag') return scope.tag;
  return scope.kind === 'service' ? serviceTag(scope.service) : null;
}

/** The tag that makes a flag part of a service. */
export function serviceTag(service: string): string {
  return `service:${service}`;
}

/** The services that a flag's tags make it part of. */
export function servicesOf(tags: readonly string[]): readonly string[] {
  return tags.filter((tag) => tag.startsWith('service:')).map((tag) => tag.slice('service:'.length));
}
