import { Injectable } from '@nestjs/common';
import { PrismaService, type Transaction } from '../database/index.js';
import type { Environment, Project } from '../generated/prisma/client.js';

export type { Environment };

/** A project as it is stored. */
export type ProjectRecord = Project;

/** An environment as it is stored, with its project's key. */
export interface EnvironmentRecord extends Environment {
  readonly projectKey: string;
}

/** An environment with the revision it is at. */
export type EnvironmentRow = Environment & { readonly revision: { readonly current: bigint } | null };

/** Tables of projects and environments. */
@Injectable()
export class EnvironmentsStore {
  constructor(private readonly prisma: PrismaService) {}

  project(key: string): Promise<Project | null> {
    return this.prisma.project.findUnique({ where: { key } });
  }

  async environment(projectKey: string, key: string): Promise<EnvironmentRecord | null> {
    const found = await this.prisma.environment.findFirst({ where: { key, project: { key: projectKey } } });
    return found && { ...found, projectKey };
  }

  all(projectId: string): Promise<Environment[]> {
    return this.prisma.environment.findMany({ where: { projectId }, orderBy: { id: 'asc' } });
  }

  listProjects(page: KeyPage): Promise<Project[]> {
    return this.prisma.project.findMany({ where: afterKey(page), orderBy: { key: 'asc' }, take: page.limit + 1 });
  }

  listEnvironments(projectId: string, page: KeyPage): Promise<EnvironmentRow[]> {
    return this.prisma.environment.findMany({
      where: { projectId, ...afterKey(page) },
      include: { revision: { select: { current: true } } },
      orderBy: { key: 'asc' },
      take: page.limit + 1,
    });
  }

  async revisionOf(environmentId: string): Promise<number> {
    const row = await this.prisma.revision.findUnique({ where: { environmentId }, select: { current: true } });
    return Number(row?.current ?? 0);
  }

  /** Locks the project against every write to all its environments, and answers it as it is now. */
  async lockProject(tx: Transaction, id: string): Promise<Project> {
    await tx.$queryRaw`SELECT 1 FROM project WHERE id = ${id}::uuid FOR UPDATE`;
    return tx.project.findUniqueOrThrow({ where: { id } });
  }

  /** Locks the counting of projects, so that two creations cannot both be the last one allowed. */
  async countProjects(tx: Transaction): Promise<number> {
    await tx.$queryRaw`SELECT pg_advisory_xact_lock(hashtext('ballast:projects'))::text`;
    return tx.project.count();
  }

  countEnvironments(tx: Transaction, projectId: string): Promise<number> {
    return tx.environment.count({ where: { projectId } });
  }

  /** Creates a project, or answers null when the key is taken. */
  async createProject(tx: Transaction, project: Project): Promise<Project | null> {
    const [created] = await tx.project.createManyAndReturn({ data: [project], skipDuplicates: true });
    return created ?? null;
  }

  updateProject(tx: Transaction, id: string, data: Partial<Pick<Project, 'name' | 'defaultOwner' | 'defaultTtlDays'>>): Promise<Project> {
    return tx.project.update({ where: { id }, data });
  }

  /** Creates an environment at revision 0, or answers null when the key is taken. */
  async createEnvironment(tx: Transaction, environment: Environment): Promise<Environment | null> {
    const [created] = await tx.environment.createManyAndReturn({ data: [environment], skipDuplicates: true });
    if (!created) return null;
    await tx.revision.create({ data: { environmentId: created.id } });
    return created;
  }

  lockedEnvironment(tx: Transaction, id: string): Promise<Environment> {
    return tx.environment.findUniqueOrThrow({ where: { id } });
  }

  updateEnvironment(tx: Transaction, id: string, data: Partial<Pick<Environment, 'name'>>): Promise<Environment> {
    return tx.environment.update({ where: { id }, data });
  }
}

/** The place after which a page of things with keys starts. */
export interface KeyPage {
  readonly limit: number;
  readonly after: string | null;
}

function afterKey(page: KeyPage) {
  return page.after === null ? {} : { key: { gt: page.after } };
}
