import type { OpenApiDocument, OpenApiOperation, OpenApiParameter } from '@ballast/api';

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 0 auto; padding: 1rem }
code, pre { font-family: ui-monospace, monospace; font-size: .875rem }
pre { overflow-x: auto; padding: .75rem; border: 1px solid #8886; border-radius: .25rem }
details { border: 1px solid #8886; border-radius: .25rem; margin: .5rem 0; padding: .5rem .75rem }
summary { cursor: pointer }
summary code { font-weight: 600 }
.method { display: inline-block; min-width: 4rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #8883 }
nav a { margin-right: 1rem }`;

/** The API for people, as one page that needs neither scripts nor the network. */
export function referencePage(document: OpenApiDocument): string {
  const groups = document.tags.map(({ name }) => group(name, document)).join('');
  const schemas = Object.entries(document.components.schemas).map(([name, schema]) => named(name, schema));
  const links = [...document.tags.map(({ name }) => name), 'Schemas'].map((name) => `<a href="#${text(name)}">${text(name)}</a>`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${text(document.info.title)} API</title><style>${STYLE}</style></head>
<body><h1>${text(document.info.title)} API ${text(document.info.version)}</h1>
<p>${text(document.info.description)} The same for machines: <a href="/openapi.json">openapi.json</a>.</p>
<nav>${links.join('')}</nav>${groups}
<section id="Schemas"><h2>Schemas</h2>${schemas.join('')}</section></body></html>
`;
}

function group(tag: string, document: OpenApiDocument): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation.tags.includes(tag))
      .map(([method, operation]) => details(method, path, operation)),
  );
  return `<section id="${text(tag)}"><h2>${text(tag)}</h2>${operations.join('')}</section>`;
}

function details(method: string, path: string, operation: OpenApiOperation): string {
  const { operationId, summary, parameters, requestBody, responses, security } = operation;
  return `<details id="${text(operationId)}"><summary><span class="method">${text(method.toUpperCase())}</span><code>${text(path)}</code> ${text(summary)}</summary>
<p>${access(security)}</p>${parameters.length > 0 ? parameterTable(parameters) : ''}
${requestBody === undefined ? '' : `<h3>Body</h3>${json(requestBody)}`}<h3>Answers</h3>${json(responses)}</details>`;
}

function access(security: OpenApiOperation['security']): string {
  const [scheme, scopes] = Object.entries(security[0] ?? {})[0] ?? [];
  if (scheme === undefined) return 'Open to everybody.';
  if (scheme === 'sdkKey') return 'Needs an SDK key: <code>Authorization: Bearer blst_srv_…</code>';
  return `Needs an API token with the scope <code>${text(String(scopes))}</code>: <code>Authorization: Bearer blst_api_…</code>`;
}

function parameterTable(parameters: readonly OpenApiParameter[]): string {
  const rows = parameters.map(
    (parameter) =>
      `<tr><td><code>${text(parameter.name)}</code></td><td>${parameter.in}</td><td>${text(parameter.description ?? '')}</td><td><code>${text(JSON.stringify(parameter.schema))}</code></td></tr>`,
  );
  return `<h3>Parameters</h3><table><tr><th>name</th><th>in</th><th>what</th><th>schema</th></tr>${rows.join('')}</table>`;
}

function named(name: string, schema: unknown): string {
  return `<details id="schema-${text(name)}"><summary><code>${text(name)}</code></summary>${json(schema)}</details>`;
}

function json(value: unknown): string {
  const shown = text(JSON.stringify(value, null, 2));
  return `<pre>${shown.replaceAll(/#\/components\/schemas\/(\w+)/g, '<a href="#schema-$1">$&</a>')}</pre>`;
}

function text(raw: string): string {
  return raw.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
