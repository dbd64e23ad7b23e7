import { writeQuery } from './dry-run.js';
import { flagHealth, healthQuery, projectHealth, projectHealthQuery } from './health.js';
import { storableText } from './keys.js';
import {
  createMaintenance,
  createObjective,
  listObjectivesQuery,
  maintenanceList,
  maintenanceView,
  objectiveFileQuery,
  objectiveHistory,
  objectiveHistoryQuery,
  objectivePage,
  objectiveView,
  openSloQuery,
  openSloReport,
  patchObjective,
  prometheusRulesQuery,
  putObjective,
} from './objectives.js';
import { ETAG, IDEMPOTENCY_KEY, IF_MATCH, type Route } from './route.js';
import { created, MERGE_PATCH, written } from './route-answers.js';

const PROJECT = '/api/v1/projects/{project}';
const OBJECTIVES = `${PROJECT}/objectives`;
const OBJECTIVE = `${OBJECTIVES}/{objective}`;
const MAINTENANCE = `${PROJECT}/maintenance`;

const YAML = 'application/yaml';

const guarded = {
  tag: 'Objectives',
  access: 'write',
  query: writeQuery,
  headers: [IF_MATCH],
  problems: [412],
  answer: { status: 200, schema: written(objectiveView), headers: [ETAG] },
} as const;
const read = { method: 'get', tag: 'Objectives', access: 'read' } as const;

const objectives: readonly Route[] = [
  {
    ...read,
    path: OBJECTIVES,
    id: 'listObjectives',
    summary: 'List objectives with how they stand',
    query: listObjectivesQuery,
    answer: { status: 200, schema: objectivePage },
  },
  {
    method: 'post',
    path: OBJECTIVES,
    id: 'createObjective',
    tag: 'Objectives',
    summary: 'Create an objective; rules that can never fire are refused',
    access: 'write',
    query: writeQuery,
    headers: [IDEMPOTENCY_KEY],
    body: createObjective,
    answer: created(objectiveView),
    problems: [409, 422],
  },
  {
    ...read,
    path: OBJECTIVE,
    id: 'getObjective',
    summary: 'Read an objective and how it stands',
    answer: { status: 200, schema: objectiveView, headers: [ETAG] },
  },
  {
    ...read,
    path: `${OBJECTIVE}/history`,
    id: 'getObjectiveHistory',
    summary: 'How an objective stood, every 15 minutes of the last 31 days',
    query: objectiveHistoryQuery,
    answer: { status: 200, schema: objectiveHistory },
  },
  { ...guarded, method: 'put', path: OBJECTIVE, id: 'putObjective', summary: 'Replace an objective', body: putObjective },
  {
    ...guarded,
    method: 'patch',
    path: OBJECTIVE,
    id: 'patchObjective',
    summary: 'Merge-patch an objective; its name and environment never change',
    body: patchObjective,
    bodyTypes: MERGE_PATCH,
  },
  { ...guarded, method: 'delete', path: OBJECTIVE, id: 'deleteObjective', summary: 'Delete an objective and its past' },
];

const files: readonly Route[] = [
  {
    ...read,
    path: `${OBJECTIVES}/prometheus-rules`,
    id: 'getPrometheusRules',
    summary: 'The objectives as a rule file for Prometheus, or promtool tests of it',
    query: prometheusRulesQuery,
    answer: { status: 200, schema: storableText, type: YAML },
  },
  {
    ...read,
    path: `${OBJECTIVES}/openslo`,
    id: 'exportOpenSlo',
    summary: 'The objectives as OpenSLO v1 documents',
    query: objectiveFileQuery,
    answer: { status: 200, schema: storableText, type: YAML },
  },
  {
    method: 'post',
    path: `${OBJECTIVES}/openslo`,
    id: 'importOpenSlo',
    tag: 'Objectives',
    summary: 'Create and replace objectives from OpenSLO v1 documents; nothing is dropped silently',
    access: 'write',
    query: openSloQuery.extend(writeQuery.shape),
    body: storableText,
    bodyTypes: [YAML],
    answer: { status: 200, schema: written(openSloReport) },
    problems: [409],
  },
];

const maintenance: readonly Route[] = [
  {
    ...read,
    path: MAINTENANCE,
    id: 'listMaintenance',
    summary: 'Maintenance that is declared or was in the last 31 days, latest first',
    answer: { status: 200, schema: maintenanceList },
  },
  {
    method: 'post',
    path: MAINTENANCE,
    id: 'createMaintenance',
    tag: 'Objectives',
    summary: 'Declare maintenance: alerts are silent, measuring goes on, its minutes are set aside in error budgets',
    access: 'write',
    query: writeQuery,
    headers: [IDEMPOTENCY_KEY],
    body: createMaintenance,
    answer: created(maintenanceView),
    problems: [409, 422],
  },
  {
    method: 'delete',
    path: `${MAINTENANCE}/{id}`,
    id: 'endMaintenance',
    tag: 'Objectives',
    summary: 'End maintenance now, or call it off before it begins',
    access: 'write',
    query: writeQuery,
    answer: { status: 200, schema: written(maintenanceView) },
    problems: [409],
  },
];

const health: readonly Route[] = [
  {
    ...read,
    path: `${PROJECT}/flags/{flag}/environments/{environment}/health`,
    id: 'getFlagHealth',
    summary: 'The ten metrics of a flag, each variant beside its baseline',
    query: healthQuery,
    answer: { status: 200, schema: flagHealth },
  },
  {
    ...read,
    path: `${PROJECT}/health`,
    id: 'getProjectHealth',
    summary: 'The ten metrics of an environment, or of a tag or service in it, and of each of its flags',
    query: projectHealthQuery,
    answer: { status: 200, schema: projectHealth },
  },
];

/** Routes of objectives, maintenance and health. */
export const objectiveRoutes: readonly Route[] = [...objectives, ...files, ...maintenance, ...health];
