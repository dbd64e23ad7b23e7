/** The version of OpenSLO that is spoken. */
export const API_VERSION = 'openslo/v1';
/** Type of a metric source whose numbers are Ballast's own. */
export const OWN_SOURCE = 'Ballast';
/** Who is told by alert policies that Ballast wrote: the channels that are set up there. */
export const OWN_TARGET = 'ballast';
/** Type of a metric source that is asked by PromQL. */
export const PROMETHEUS_SOURCE = 'Prometheus';

/** What OpenSLO has no field for travels in annotations. */
export const ANNOTATION = {
  owner: 'ballast/owner',
  runbook: 'ballast/runbook',
  scope: 'ballast/scope',
  policy: 'ballast/policy',
  preset: 'ballast/preset',
  rule: 'ballast/rule',
  window: 'ballast/window',
} as const;

/** Calendars that a week or a month is counted from: a Monday that is the first of a month. */
export const CALENDAR_START = '2024-01-01 00:00:00';
/** Longest description that OpenSLO allows. */
export const MOST_DESCRIPTION = 1050;
