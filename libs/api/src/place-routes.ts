import { z } from 'zod';
import {
  apiToken,
  apiTokenPage,
  createApiToken,
  createdApiToken,
  createdSdkKey,
  createSdkKey,
  rotatedSdkKey,
  rotateSdkKey,
  sdkKey,
  sdkKeyPage,
} from './access.js';
import { auditedChangeDetails, auditedChangePage, listChangesQuery } from './changes.js';
import { convergence, convergenceQuery, keyInstances, keyInstancesQuery } from './convergence.js';
import { dryRunOf, writeQuery } from './dry-run.js';
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
import { IDEMPOTENCY_KEY, LOCATION, type Route } from './route.js';

const page = z.strictObject(pageQuery);
const MERGE_PATCH = ['application/merge-patch+json', 'application/json'];
const TOKENS = '/api/v1/tokens';
const CHANGES = '/api/v1/changes';
const PROJECTS = '/api/v1/projects';
const PROJECT = `${PROJECTS}/{project}`;
const ENVIRONMENTS = `${PROJECT}/environments`;
const ENVIRONMENT = `${ENVIRONMENTS}/{environment}`;

/** What a write answers: its result, or with `?dryRun=true` what would change. */
export function written(schema: z.ZodType): z.ZodType {
  return z.union([schema, dryRunOf(schema)]);
}

/** What a creation answers. */
export function created(schema: z.ZodType): Route['answer'] {
  return { status: 201, schema: written(schema), headers: [LOCATION] };
}

const creation = { method: 'post', query: writeQuery, headers: [IDEMPOTENCY_KEY], problems: [409, 422] } as const;

const tokens: readonly Route[] = [
  {
    method: 'get',
    path: TOKENS,
    id: 'listTokens',
    tag: 'Access',
    summary: 'List API tokens',
    access: 'admin',
    query: page,
    answer: { status: 200, schema: apiTokenPage },
  },
  {
    ...creation,
    path: TOKENS,
    id: 'createToken',
    tag: 'Access',
    summary: 'Create an API token; its secret is shown once',
    access: 'admin',
    body: createApiToken,
    answer: created(createdApiToken),
  },
  {
    method: 'delete',
    path: `${TOKENS}/{id}`,
    id: 'revokeToken',
    tag: 'Access',
    summary: 'Revoke an API token',
    access: 'admin',
    query: writeQuery,
    answer: { status: 200, schema: written(apiToken) },
    problems: [409],
  },
];

const keys: readonly Route[] = [
  {
    method: 'get',
    path: `${ENVIRONMENT}/keys`,
    id: 'listKeys',
    tag: 'Access',
    summary: 'List the SDK keys of an environment',
    access: 'read',
    query: page,
    answer: { status: 200, schema: sdkKeyPage },
  },
  {
    ...creation,
    path: `${ENVIRONMENT}/keys`,
    id: 'createKey',
    tag: 'Access',
    summary: 'Create an SDK key; its secret is shown once',
    access: 'keys',
    body: createSdkKey,
    answer: created(createdSdkKey),
  },
  {
    method: 'delete',
    path: `${ENVIRONMENT}/keys/{id}`,
    id: 'revokeKey',
    tag: 'Access',
    summary: 'Revoke an SDK key; its clients are disconnected',
    access: 'keys',
    query: writeQuery,
    answer: { status: 200, schema: written(sdkKey) },
  },
  {
    ...creation,
    path: `${ENVIRONMENT}/keys/{id}/rotate`,
    id: 'rotateKey',
    tag: 'Access',
    summary: 'Create a key that takes over; the old one ends after a grace period',
    access: 'keys',
    body: rotateSdkKey.optional(),
    answer: created(rotatedSdkKey),
  },
  {
    method: 'get',
    path: `${ENVIRONMENT}/keys/{id}/instances`,
    id: 'listKeyInstances',
    tag: 'Access',
    summary: 'The instances that present an SDK key now',
    access: 'read',
    query: keyInstancesQuery,
    answer: { status: 200, schema: keyInstances },
  },
];

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
export const placeRoutes: readonly Route[] = [...projects, ...environments, ...tokens, ...keys, ...arrivals, ...audit];
