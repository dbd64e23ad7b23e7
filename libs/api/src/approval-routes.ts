import { approvalList, approvalView, createApproval } from './approvals.js';
import { writeQuery } from './dry-run.js';
import { IDEMPOTENCY_KEY, type Route } from './route.js';
import { created, written } from './route-answers.js';

const APPROVALS = '/api/v1/projects/{project}/flags/{flag}/environments/{environment}/approvals';

/** Approvals of changes that error budget policies ask for. */
export const approvalRoutes: readonly Route[] = [
  {
    method: 'get',
    path: APPROVALS,
    id: 'listApprovals',
    tag: 'Objectives',
    summary: 'The newest approvals of a flag in an environment',
    access: 'read',
    answer: { status: 200, schema: approvalList },
  },
  {
    method: 'post',
    path: APPROVALS,
    id: 'createApproval',
    tag: 'Objectives',
    summary: 'Approve one change that somebody else then makes, once, from the state that it has now',
    access: 'approve',
    query: writeQuery,
    headers: [IDEMPOTENCY_KEY],
    body: createApproval,
    answer: created(approvalView),
    problems: [409, 422],
  },
  {
    method: 'delete',
    path: `${APPROVALS}/{id}`,
    id: 'withdrawApproval',
    tag: 'Objectives',
    summary: 'Withdraw an approval that was not used',
    access: 'approve',
    query: writeQuery,
    answer: { status: 200, schema: written(approvalView) },
    problems: [409],
  },
];
