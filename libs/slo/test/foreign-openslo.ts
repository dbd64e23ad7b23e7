/** A document as others write it. */
export const foreign = (spec: Record<string, unknown> = {}, metadata: Record<string, unknown> = {}) => ({
  apiVersion: 'openslo/v1',
  kind: 'SLO',
  metadata: { name: 'web-availability', ...metadata },
  spec: {
    service: 'web',
    indicator: {
      metadata: { name: 'web-ratio' },
      spec: {
        ratioMetric: {
          counter: true,
          bad: { metricSource: { type: 'Prometheus', spec: { query: 'sum(rate(http_requests_total{code=~"5.."}[{{.window}}]))' } } },
          total: { metricSource: { type: 'Prometheus', spec: { query: 'sum(rate(http_requests_total[{{ .window }}]))' } } },
        },
      },
    },
    timeWindow: [{ duration: '4w', isRolling: true }],
    budgetingMethod: 'Occurrences',
    objectives: [{ targetPercent: 99.9 }],
    alertPolicies: [policy()],
    ...spec,
  },
});
/** An alert policy as others write it. */
export const policy = (condition: Record<string, unknown> = {}, spec: Record<string, unknown> = {}) => ({
  kind: 'AlertPolicy',
  metadata: { name: 'fast-burn' },
  spec: {
    alertWhenBreaching: true,
    conditions: [
      {
        kind: 'AlertCondition',
        metadata: { name: 'fast-burn' },
        spec: {
          severity: 'ticket',
          condition: { kind: 'burnrate', op: 'gte', threshold: 2, lookbackWindow: '1h', alertAfter: '5m', ...condition },
        },
      },
    ],
    notificationTargets: [],
    ...spec,
  },
});
