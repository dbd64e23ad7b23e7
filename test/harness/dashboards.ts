import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const folder = join(import.meta.dirname, '../../deploy/grafana/dashboards');

const datasource = z.strictObject({ type: z.literal('prometheus'), uid: z.literal(`\${datasource}`) });
const target = z.strictObject({
  refId: z.string().regex(/^[A-Z]$/),
  datasource,
  editorMode: z.literal('code'),
  expr: z.string().min(1),
  legendFormat: z.string(),
  range: z.boolean(),
  instant: z.boolean(),
  format: z.enum(['table', 'heatmap', 'time_series']).optional(),
});
const gridPos = z.strictObject({
  x: z.int().min(0).max(23),
  y: z.int().min(0),
  w: z.int().min(1).max(24),
  h: z.int().min(1),
});
const about = { id: z.int().min(1), title: z.string().min(1), gridPos, description: z.string().optional() };
const thresholds = z.strictObject({
  mode: z.literal('absolute'),
  steps: z.array(z.strictObject({ color: z.string(), value: z.number().nullable() })).min(1),
});
const fieldConfig = z.strictObject({
  defaults: z.strictObject({
    // Ids of units that Grafana knows.
    unit: z.enum(['short', 'none', 'percentunit', 's', 'reqps', 'bytes']),
    custom: z.record(z.string(), z.unknown()).optional(),
    thresholds: thresholds.optional(),
    decimals: z.int().optional(),
    min: z.number().optional(),
    max: z.number().optional(),
  }),
  overrides: z.array(
    z.strictObject({
      matcher: z.strictObject({ id: z.string(), options: z.string() }),
      properties: z.array(z.strictObject({ id: z.string(), value: z.unknown() })).min(1),
    }),
  ),
});
const row = z.strictObject({ ...about, type: z.literal('row'), collapsed: z.literal(false), panels: z.tuple([]) });
const text = z.strictObject({
  ...about,
  type: z.literal('text'),
  options: z.looseObject({ mode: z.literal('markdown'), content: z.string().min(1) }),
});
const chart = z.strictObject({
  ...about,
  type: z.enum(['timeseries', 'stat', 'table', 'bargauge', 'heatmap']),
  datasource,
  targets: z.array(target).min(1),
  fieldConfig,
  options: z.record(z.string(), z.unknown()),
  transformations: z.array(z.strictObject({ id: z.string(), options: z.record(z.string(), z.unknown()) })).optional(),
});
const variable = z.looseObject({
  name: z.string().regex(/^[a-z]+$/),
  label: z.string(),
  type: z.enum(['datasource', 'query']),
  definition: z.string().optional(),
});
const annotation = z.looseObject({ name: z.string(), datasource, enable: z.boolean(), expr: z.string(), iconColor: z.string() });
const link = z.looseObject({ title: z.string(), type: z.literal('link'), url: z.string().startsWith('/d/') });

/** What Grafana's dashboards must be to be provisioned: the parts of its schema that ours are made of. */
const dashboard = z.strictObject({
  uid: z.string().regex(/^[a-z-]{1,40}$/),
  title: z.string().min(1),
  description: z.string(),
  tags: z.array(z.string()),
  // What Grafana 10.4 and 11 write; newer versions bring it up to date when they load it.
  schemaVersion: z.literal(39),
  version: z.int(),
  editable: z.boolean(),
  graphTooltip: z.int().min(0).max(2),
  timezone: z.string(),
  weekStart: z.string(),
  refresh: z.string(),
  time: z.strictObject({ from: z.string().startsWith('now-'), to: z.literal('now') }),
  timepicker: z.strictObject({}),
  fiscalYearStartMonth: z.int(),
  liveNow: z.boolean(),
  links: z.array(link),
  annotations: z.strictObject({ list: z.array(annotation) }),
  templating: z.strictObject({ list: z.array(variable) }),
  panels: z.array(z.union([row, text, chart])).min(1),
});

/** A dashboard as Grafana reads it. */
export type Dashboard = z.infer<typeof dashboard>;

/** The dashboards that are provisioned, by file. */
export async function dashboards(): Promise<ReadonlyMap<string, Dashboard>> {
  const files = (await readdir(folder)).sort();
  const read = files.map(async (file): Promise<[string, Dashboard]> => [file, parsed(file, await readFile(join(folder, file), 'utf8'))]);
  return new Map(await Promise.all(read));
}

function parsed(file: string, json: string): Dashboard {
  const { error, data } = dashboard.safeParse(JSON.parse(json));
  if (data === undefined) throw new Error(`${file}: ${z.prettifyError(error)}`);
  return data;
}

/** Every query of a dashboard: those of panels, annotations and variables. */
export function queriesOf({ panels, annotations, templating }: Dashboard): readonly { readonly of: string; readonly expr: string }[] {
  const charts = panels.flatMap((panel) =>
    'targets' in panel ? panel.targets.map(({ refId, expr }) => ({ of: `${panel.title} ${refId}`, expr })) : [],
  );
  const notes = annotations.list.map(({ name, expr }) => ({ of: `annotation ${name}`, expr }));
  // What values a variable has is asked of the series that have the label.
  const labels = templating.list.flatMap(({ name, definition = '' }) => {
    const [, selector, label] = /^label_values\((.+), ([a-z]+)\)$/.exec(definition) ?? [];
    return selector === undefined ? [] : [{ of: `variable ${name}`, expr: `count by (${label}) (${selector})` }];
  });
  return [...charts, ...notes, ...labels];
}

/** A query as Grafana sends it. */
export function filledQuery(expr: string, values: Readonly<Record<string, string>>): string {
  return expr.replace(/\$(?:\{([a-z_]+)\}|([a-z_]+))/g, (whole, braced, bare) => values[braced ?? bare] ?? whole);
}
