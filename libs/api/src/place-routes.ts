import { z } from 'zod';
import { accessRoutes } from './access-routes.js';
import { auditedChangeDetails, auditedChangePage, listChangesQuery } from './changes.js';
import { convergence, convergenceQuery } from './convergence.js';
import { writeQuery } from './dry-run.js';
import {
  createEnvironment,
  createProject,
  environment,
  environmentPage,
  patchEnvironment,
  patchProject,
  project,
  projectPage,
} from './environments.js';
import { pageQuery } from './pagination.js';
import type { Route } from './route.js';
import { created, creation, MERGE_PATCH, written } from './route-answers.js';

const page = z.strictObject(pageQuery);
const CHANGES = '/api/v1/changes';
const PROJECTS = '/api/v1/projects';
const PROJECT = `${PROJECTS}/{project}`;
const ENVIRONMENTS = `${PROJECT}/environments`;
const ENVIRONMENT = `${ENVIRONMENTS}/{environment}`;

const projects: readonly Route[] = [
  {
    method: 'get',
    path: PROJECTS,
    id: 'listProjects',
    tag: 'Projects',
    summary: 'List projects',
    access: 'read',
    query: page,
    answer: { status: 200, schema: projectPage },
  },
  {
    ...creation,
    path: PROJECTS,
    id: 'createProject',
    tag: 'Projects',
    summary: 'Create a project',
    access: 'admin',
    body: createProject,
    answer: created(project),
  },
  {
    method: 'get',
    path: PROJECT,
    id: 'getProject',
    tag: 'Projects',
    summary: 'Get a project',
    access: 'read',
    answer: { status: 200, schema: project },
  },
  {
    method: 'patch',
    path: PROJECT,
    id: 'patchProject',
    tag: 'Projects',
    summary: 'Change a project',
    access: 'admin',
    query: writeQuery,
    body: patchProject,
    bodyTypes: MERGE_PATCH,
    answer: { status: 200, schema: written(project) },
  },
];

const environments: readonly Route[] = [
  {
    method: 'get',
    path: ENVIRONMENTS,
    id: 'listEnvironments',
    tag: 'Projects',
    summary: 'List the environments of a project',
    access: 'read',
    query: page,
    answer: { status: 200, schema: environmentPage },
  },
  {
    ...creation,
    path: ENVIRONMENTS,
    id: 'createEnvironment',
    tag: 'Projects',
    summary: 'Create an environment; every flag is there at once, switched off',
    access: 'admin',
    body: createEnvironment,
    answer: created(environment),
  },
  {
    method: 'get',
    path: ENVIRONMENT,
    id: 'getEnvironment',
    tag: 'Projects',
    summary: 'Get an environment and its revision',
    access: 'read',
    answer: { status: 200, schema: environment },
  },
  {
    method: 'patch',
    path: ENVIRONMENT,
    id: 'patchEnvironment',
    tag: 'Projects',
    summary: 'Change an environment',
    access: 'admin',
    query: writeQuery,
    body: patchEnvironment,
    bodyTypes: MERGE_PATCH,
    answer: { status: 200, schema: written(environment) },
  },
];

const arrivals: readonly Route[] = [
  {
    method: 'get',
    path: `${ENVIRONMENT}/convergence`,
    id: 'getConvergence',
    tag: 'Convergence',
    summary: 'How far the instances of SDKs are, on all servers and relays; names those that are wedged or stale',
    access: 'read',
    query: convergenceQuery,
    answer: { status: 200, schema: convergence },
  },
];

const audit: readonly Route[] = [
  {
    method: 'get',
    path: `${PROJECT}/changes`,
    id: 'listChanges',
    tag: 'Audit',
    summary: 'Who changed what, when and why, newest first; a page of large changes holds fewer than asked for',
    access: 'read',
    query: listChangesQuery,
    answer: { status: 200, schema: auditedChangePage },
  },
  {
    method: 'get',
    path: `${PROJECT}/changes/{id}`,
    id: 'getChange',
    tag: 'Audit',
    summary: 'One change with the resource before and after',
    access: 'read',
    answer: { status: 200, schema: auditedChangeDetails },
  },
  {
    method: 'get',
    path: CHANGES,
    id: 'listInstallationChanges',
    tag: 'Audit',
    summary: 'Who changed what belongs to no project, such as API tokens, newest first',
    access: 'admin',
    query: listChangesQuery,
    answer: { status: 200, schema: auditedChangePage },
  },
  {
    method: 'get',
    path: `${CHANGES}/{id}`,
    id: 'getInstallationChange',
    tag: 'Audit',
    summary: 'One change that belongs to no project, with the resource before and after',
    access: 'admin',
    answer: { status: 200, schema: auditedChangeDetails },
  },
];

/** Routes of projects, environments, credentials and the audit. */
export const placeRoutes: readonly Route[] = [...projects, ...environments, ...accessRoutes, ...arrivals, ...audit];
