import { policedWriteQuery, writeQuery } from './dry-run.js';
import { evaluateRequest, evaluation } from './evaluations.js';
import {
  copyFlagConfig,
  createFlag,
  flagConfigView,
  flagPage,
  flagView,
  listFlagsQuery,
  patchFlag,
  putFlagConfig,
  revertFlagConfig,
} from './flags.js';
import { killQuery, killRequest, killState, restoreQuery, restoreRequest } from './kills.js';
import { ETAG, IF_MATCH, type Route } from './route.js';
import { created, creation, MERGE_PATCH, written } from './route-answers.js';
import { createSegment, listSegmentsQuery, patchSegment, putSegment, segmentPage, segmentView } from './segments.js';

const FLAGS = '/api/v1/projects/{project}/flags';
const FLAG = `${FLAGS}/{flag}`;
const CONFIG = `${FLAG}/environments/{environment}`;
const SEGMENTS = '/api/v1/projects/{project}/segments';
const SEGMENT = `${SEGMENTS}/{segment}`;

const flagCreation = { ...creation, problems: [404, 409, 422] } as const;
const guarded = { query: writeQuery, headers: [IF_MATCH], access: 'write', problems: [404, 409, 412] } as const;
const policed = { ...guarded, query: policedWriteQuery } as const;
const kill = {
  method: 'post',
  tag: 'Kills',
  query: killQuery,
  access: 'kill',
  answer: { status: 200, schema: written(killState) },
  problems: [404, 409],
} as const;
const config = { tag: 'Configuration', answer: { status: 200, schema: written(flagConfigView), headers: [ETAG] } } as const;

const flags: readonly Route[] = [
  {
    method: 'get',
    path: FLAGS,
    id: 'listFlags',
    tag: 'Flags',
    summary: 'List flags',
    access: 'read',
    query: listFlagsQuery,
    answer: { status: 200, schema: flagPage },
    problems: [404],
  },
  {
    ...flagCreation,
    path: FLAGS,
    id: 'createFlag',
    tag: 'Flags',
    summary: 'Create a flag, switched off in every environment',
    access: 'write',
    body: createFlag,
    answer: created(flagView),
  },
  {
    method: 'get',
    path: FLAG,
    id: 'getFlag',
    tag: 'Flags',
    summary: 'Read a flag, archived or not',
    access: 'read',
    answer: { status: 200, schema: flagView, headers: [ETAG] },
    problems: [404],
  },
  {
    ...policed,
    method: 'patch',
    path: FLAG,
    id: 'patchFlag',
    tag: 'Flags',
    summary: 'Merge-patch a flag; key and type never change',
    body: patchFlag,
    bodyTypes: MERGE_PATCH,
    answer: { status: 200, schema: written(flagView), headers: [ETAG] },
  },
  {
    ...guarded,
    method: 'delete',
    path: FLAG,
    id: 'archiveFlag',
    tag: 'Flags',
    summary: 'Archive a flag; its key is never used again',
    answer: { status: 200, schema: written(flagView), headers: [ETAG] },
  },
];

const configs: readonly Route[] = [
  {
    ...config,
    method: 'get',
    path: CONFIG,
    id: 'getConfig',
    summary: 'Read a configuration and its kill',
    access: 'read',
    answer: { status: 200, schema: flagConfigView, headers: [ETAG] },
    problems: [404],
  },
  { ...config, ...policed, method: 'put', path: CONFIG, id: 'putConfig', summary: 'Replace a configuration', body: putFlagConfig },
  {
    ...config,
    ...policed,
    method: 'post',
    path: `${CONFIG}/revert`,
    id: 'revertConfig',
    summary: 'Go back to the configuration as it was after a change',
    body: revertFlagConfig,
  },
  {
    ...config,
    ...policed,
    method: 'post',
    path: `${CONFIG}/copy`,
    id: 'copyConfig',
    summary: 'Take over the configuration of another environment',
    body: copyFlagConfig,
  },
  {
    ...config,
    method: 'post',
    path: `${CONFIG}/evaluate`,
    id: 'evaluate',
    summary: 'What the flag answers to a context, and why',
    access: 'read',
    body: evaluateRequest,
    answer: { status: 200, schema: evaluation },
    problems: [404],
  },
];

const kills: readonly Route[] = [
  {
    ...kill,
    path: `${CONFIG}/kill`,
    id: 'kill',
    summary: 'Serve the safe variant to everybody, at once; again is the same',
    body: killRequest.optional(),
  },
  {
    ...kill,
    query: restoreQuery,
    path: `${CONFIG}/restore`,
    id: 'restore',
    summary: 'Serve the configuration again; says why',
    body: restoreRequest,
  },
];

const segments: readonly Route[] = [
  {
    method: 'get',
    path: SEGMENTS,
    id: 'listSegments',
    tag: 'Segments',
    summary: 'List segments',
    access: 'read',
    query: listSegmentsQuery,
    answer: { status: 200, schema: segmentPage },
    problems: [404],
  },
  {
    ...flagCreation,
    path: SEGMENTS,
    id: 'createSegment',
    tag: 'Segments',
    summary: 'Create a segment in every environment',
    access: 'write',
    body: createSegment,
    answer: created(segmentView),
  },
  {
    method: 'get',
    path: SEGMENT,
    id: 'getSegment',
    tag: 'Segments',
    summary: 'Read a segment and where it is used',
    access: 'read',
    answer: { status: 200, schema: segmentView, headers: [ETAG] },
    problems: [404],
  },
  {
    ...guarded,
    method: 'put',
    path: SEGMENT,
    id: 'putSegment',
    tag: 'Segments',
    summary: 'Replace a segment',
    body: putSegment,
    answer: { status: 200, schema: written(segmentView), headers: [ETAG] },
  },
  {
    ...guarded,
    method: 'patch',
    path: SEGMENT,
    id: 'patchSegment',
    tag: 'Segments',
    summary: 'Merge-patch a segment',
    body: patchSegment,
    bodyTypes: MERGE_PATCH,
    answer: { status: 200, schema: written(segmentView), headers: [ETAG] },
  },
  {
    ...guarded,
    method: 'delete',
    path: SEGMENT,
    id: 'deleteSegment',
    tag: 'Segments',
    summary: 'Delete a segment that nothing uses',
    answer: { status: 200, schema: written(segmentView), headers: [ETAG] },
  },
];

/** Operations on flags, their configurations, kills and segments. */
export const flagRoutes: readonly Route[] = [...flags, ...configs, ...kills, ...segments];
