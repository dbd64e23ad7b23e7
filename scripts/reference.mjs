// Writes what the documentation says of the API from the code that serves it: docs/openapi.json and the table of docs/limits.md.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { API_VERSION, limitsTable, openApi, routes } from '@ballast/api';

const docs = fileURLToPath(new URL('../docs/', import.meta.url));
await mkdir(docs, { recursive: true });
await writeFile(`${docs}openapi.json`, `${JSON.stringify(openApi(routes, API_VERSION), null, 2)}\n`);

const page = await readFile(`${docs}limits.md`, 'utf8');
await writeFile(`${docs}limits.md`, page.replace(/\| limit [\s\S]*\n(?=\n|$)/, `${limitsTable()}\n`));
