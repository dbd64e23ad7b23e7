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
import { keyInstances, keyInstancesQuery } from './convergence.js';
import { writeQuery } from './dry-run.js';
import { pageQuery } from './pagination.js';
import type { Route } from './route.js';
import { created, creation, written } from './route-answers.js';

const page = z.strictObject(pageQuery);
const TOKENS = '/api/v1/tokens';
const KEYS = '/api/v1/projects/{project}/environments/{environment}/keys';

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
    path: KEYS,
    id: 'listKeys',
    tag: 'Access',
    summary: 'List the SDK keys of an environment',
    access: 'read',
    query: page,
    answer: { status: 200, schema: sdkKeyPage },
  },
  {
    ...creation,
    path: KEYS,
    id: 'createKey',
    tag: 'Access',
    summary: 'Create an SDK key; its secret is shown once',
    access: 'keys',
    body: createSdkKey,
    answer: created(createdSdkKey),
  },
  {
    method: 'delete',
    path: `${KEYS}/{id}`,
    id: 'revokeKey',
    tag: 'Access',
    summary: 'Revoke an SDK key; its clients are disconnected',
    access: 'keys',
    query: writeQuery,
    answer: { status: 200, schema: written(sdkKey) },
  },
  {
    ...creation,
    path: `${KEYS}/{id}/rotate`,
    id: 'rotateKey',
    tag: 'Access',
    summary: 'Create a key that takes over; the old one ends after a grace period',
    access: 'keys',
    body: rotateSdkKey.optional(),
    answer: created(rotatedSdkKey),
  },
  {
    method: 'get',
    path: `${KEYS}/{id}/instances`,
    id: 'listKeyInstances',
    tag: 'Access',
    summary: 'The instances that present an SDK key now',
    access: 'read',
    query: keyInstancesQuery,
    answer: { status: 200, schema: keyInstances },
  },
];

/** Routes of API tokens and SDK keys. */
export const accessRoutes: readonly Route[] = [...tokens, ...keys];
