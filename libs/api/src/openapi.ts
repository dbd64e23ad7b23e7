import { z } from 'zod';
import { problem } from './problem.js';
import type { Route, RouteAnswer, RouteHeader } from './route.js';

type Schema = Readonly<Record<string, unknown>>;

/** An OpenAPI 3.1 document. */
export interface OpenApiDocument {
  readonly openapi: '3.1.1';
  readonly info: { readonly title: string; readonly version: string; readonly description: string; readonly license: Schema };
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>>; readonly securitySchemes: Schema; readonly responses: Schema };
}

/** One operation of the document. */
export interface OpenApiOperation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly security: readonly Schema[];
  readonly parameters: readonly OpenApiParameter[];
  readonly requestBody?: Schema;
  readonly responses: Readonly<Record<string, Schema>>;
}

/** One parameter of an operation. */
export interface OpenApiParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

const PROBLEMS: Readonly<Record<number, string>> = {
  400: 'The request is not valid; `problems` lists everything that is wrong with it.',
  401: 'The credential is missing, unknown, expired or revoked.',
  403: 'The credential is valid and may not do this.',
  404: 'There is no such thing.',
  409: 'The request conflicts with what is there.',
  410: 'What was asked for is no longer kept.',
  412: 'If-Match is stale; `current` is the current state.',
  413: 'The body is too large.',
  415: 'The body is of a media type that is not understood.',
  422: 'The Idempotency-Key was used for another request.',
  429: 'Too many requests; Retry-After says when to come back.',
  503: 'The database does not answer; Retry-After says when to come back.',
};

const SECURITY = {
  token: { type: 'http', scheme: 'bearer', description: 'An API token (blst_api_…)' },
  sdkKey: { type: 'http', scheme: 'bearer', description: 'An SDK key (blst_srv_…, blst_cli_…, blst_rly_…)' },
  trigger: { type: 'http', scheme: 'bearer', description: 'The secret of a trigger (blst_trg_…)' },
};

/** Emits the OpenAPI 3.1 document of a table of routes. */
export function openApi(routes: readonly Route[], version: string): OpenApiDocument {
  const schemas = new SchemaBook();
  const paths = new Map<string, Record<string, OpenApiOperation>>();
  for (const route of routes) paths.set(route.path, { ...paths.get(route.path), [route.method]: operation(route, schemas) });
  const problemRef = schemas.use(problem, 'output');
  const responses = Object.entries(PROBLEMS).map(([status, description]) => [
    `Problem${status}`,
    { description, content: { 'application/problem+json': { schema: problemRef } } },
  ]);
  return {
    openapi: '3.1.1',
    info: {
      title: 'Ballast',
      version,
      description: 'Feature flags, kill switches and runtime config in Postgres, streamed to SDKs that evaluate locally.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    tags: [...new Set(routes.map((route) => route.tag))].map((name) => ({ name })),
    paths: Object.fromEntries(paths),
    components: { schemas: schemas.all(), securitySchemes: SECURITY, responses: Object.fromEntries(responses) },
  };
}

function operation(route: Route, schemas: SchemaBook): OpenApiOperation {
  const answers = [route.answer, ...(route.also ?? [])].map((answer) => [String(answer.status), response(answer, schemas)]);
  const problems = problemStatuses(route).map((status) => [String(status), { $ref: `#/components/responses/Problem${status}` }]);
  return {
    operationId: route.id,
    tags: [route.tag],
    summary: route.summary,
    security: securityOf(route),
    parameters: [...pathParameters(route), ...queryParameters(route, schemas), ...(route.headers ?? []).map(headerParameter)],
    ...(route.body ? { requestBody: requestBody(route, route.body, schemas) } : {}),
    responses: Object.fromEntries([...answers, ...problems]),
  };
}

function securityOf({ access }: Route): readonly Schema[] {
  if (access === null) return [];
  if (access === 'trigger') return [{ trigger: [] }, {}];
  return access === 'sdk' ? [{ sdkKey: [] }] : [{ token: [access] }];
}

function problemStatuses(route: Route): readonly number[] {
  const statuses = new Set(route.problems ?? []);
  if (route.access !== null) for (const status of [401, 403, 429, 503]) statuses.add(status);
  if (route.query || route.body || route.path.includes('{')) statuses.add(400);
  if (route.path.includes('{')) statuses.add(404);
  if (route.body) for (const status of [413, 415]) statuses.add(status);
  return [...statuses].sort((a, b) => a - b);
}

function pathParameters({ path }: Route): readonly OpenApiParameter[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));
}

function queryParameters(route: Route, schemas: SchemaBook): readonly OpenApiParameter[] {
  return Object.entries(route.query?.shape ?? {}).map(([name, schema]) => {
    const { description, ...rest } = schemas.use(schema, 'input');
    const isRequired = z.safeParse(schema, undefined).success === false;
    return { name, in: 'query', required: isRequired, ...(typeof description === 'string' ? { description } : {}), schema: rest };
  });
}

function headerParameter({ name, summary }: RouteHeader): OpenApiParameter {
  return { name, in: 'header', required: false, description: summary, schema: { type: 'string' } };
}

function requestBody(route: Route, body: z.ZodType, schemas: SchemaBook): Schema {
  const schema = schemas.use(body, 'input');
  const types = (route.bodyTypes ?? ['application/json']).map((type) => [type, { schema }]);
  return { required: !body.safeParse(undefined).success, content: Object.fromEntries(types) };
}

function response(answer: RouteAnswer, schemas: SchemaBook): Schema {
  const headers = (answer.headers ?? []).map(({ name, summary }) => [name, { description: summary, schema: { type: 'string' } }]);
  return {
    description: answer.summary ?? 'Done',
    ...(headers.length > 0 ? { headers: Object.fromEntries(headers) } : {}),
    ...(answer.schema ? { content: { [answer.type ?? 'application/json']: { schema: schemas.use(answer.schema, 'output') } } } : {}),
  };
}

/** The named schemas of a document, each once. */
class SchemaBook {
  private readonly named = new Map<string, Schema>();

  /** The JSON Schema of what is sent or answered; schemas with an id are kept here and referred to. */
  use(schema: z.ZodType, io: 'input' | 'output'): Schema {
    // In a wrapper, because the root of a conversion is never a reference.
    const whole = z.toJSONSchema(z.object({ it: schema.optional() }), { io, unrepresentable: 'any' });
    const definitions = Object.entries(whole.$defs ?? {});
    const names = new Map(definitions.map(([name, definition]) => [name, this.nameFor(name, definition)]));
    for (const [name, definition] of definitions) this.named.set(names.get(name) ?? name, relink(definition, names));
    return relink(whole.properties?.it, names);
  }

  all(): Readonly<Record<string, Schema>> {
    return Object.fromEntries([...this.named].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** What is sent may differ from what is answered under the same name: then the second one gets a name of its own. */
  private nameFor(name: string, definition: unknown): string {
    const same = new Map([[name, name]]);
    const text = JSON.stringify(relink(definition, same));
    const held = this.named.get(name);
    return held === undefined || JSON.stringify(held) === text ? name : `${name}Input`;
  }
}

/** A schema whose references lead to the document's components. */
function relink(schema: unknown, names: ReadonlyMap<string, string>): Schema {
  const text = JSON.stringify(schema, (member, value: unknown) => {
    if (member === '$ref' && typeof value === 'string') return linkTo(value.replace('#/$defs/', ''), names);
    return member === 'id' || member === '$schema' ? keepUnlessName(value) : value;
  });
  const parsed: unknown = JSON.parse(text);
  return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
}

function linkTo(name: string, names: ReadonlyMap<string, string>): string {
  return `#/components/schemas/${names.get(name) ?? name}`;
}

/** The `id` of a schema names it and is no keyword of JSON Schema; a property called `id` is a schema and stays. */
function keepUnlessName(value: unknown): unknown {
  return typeof value === 'string' ? undefined : value;
}
