import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { LIMITS } from '@ballast/api';
import { nestingOf } from '@ballast/streaming';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { refuse } from './errors.js';
import { PROTOBUF } from './otlp-body.js';
import { isOtlp } from './otlp-problem.js';

const unzip = promisify(gunzip);
const ANY_JSON = /^application\/[\w.-]+\+json(?:;|$)/;
const YAML = ['application/yaml', 'application/x-yaml', 'text/yaml'];
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** JSON under any of its names, and the `text/plain` that a browser's beacon sends; compressed or not, always within the door's limit. */
export function acceptJson(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  for (const type of ['application/json', 'text/plain', ANY_JSON]) fastify.addContentTypeParser(type, { parseAs: 'buffer' }, readJson);
  fastify.addContentTypeParser(PROTOBUF, { parseAs: 'buffer' }, readProtobuf);
  for (const type of YAML) fastify.addContentTypeParser(type, { parseAs: 'buffer' }, readYaml);
}

/** A request of a route with `@RouteConfig({ keepsBody: true })`: signatures are made of bytes, not of what they mean. */
export type RequestWithBytes = FastifyRequest & { bytes?: Buffer };

async function readJson(request: RequestWithBytes, body: Buffer): Promise<unknown> {
  const raw = await inflate(request, body);
  if (isOtlp(request.url)) return raw;
  const { config } = request.routeOptions;
  if ('keepsBody' in config && config.keepsBody === true) request.bytes = raw;
  return jsonOf(raw);
}

/** What is in a body; undefined when there is none. */
export function jsonOf(raw: Buffer): unknown {
  if (raw.length === 0) return undefined;
  const text = decode(raw);
  const max = LIMITS.jsonDepth.max;
  if (nestingOf(text, max) > max) refuse('body.too_deep', { max });
  try {
    return JSON.parse(text);
  } catch {
    return refuse('body.malformed');
  }
}

/** The text of a YAML file, for routes with `@RouteConfig({ takesYaml: true })`; they parse it themselves. */
async function readYaml(request: FastifyRequest, body: Buffer): Promise<string> {
  const { config } = request.routeOptions;
  if (!('takesYaml' in config) || config.takesYaml !== true) return refuse('body.unsupported_type');
  return decode(await inflate(request, body));
}

/** The bytes of a protobuf message, for the doors that know what to make of them; these read JSON by themselves too. */
async function readProtobuf(request: FastifyRequest, body: Buffer): Promise<Buffer> {
  return isOtlp(request.url) ? inflate(request, body) : refuse('body.unsupported_type');
}

function decode(raw: Buffer): string {
  try {
    return utf8.decode(raw);
  } catch {
    return refuse('body.malformed');
  }
}

async function inflate(request: FastifyRequest, body: Buffer): Promise<Buffer> {
  const coding = request.headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (coding === 'identity') return body;
  if (coding !== 'gzip') return refuse('body.unsupported_type');
  const max = request.routeOptions.bodyLimit ?? LIMITS.bodyBytes.max;
  try {
    return await unzip(body, { maxOutputLength: max });
  } catch (error) {
    const tooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return tooLarge ? refuse('body.too_large', { max }) : refuse('body.malformed');
  }
}
