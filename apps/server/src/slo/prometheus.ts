import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { SETTINGS, type Settings } from '../settings/index.js';

const QUERY_MS = 5_000;
const MAX_BYTES = 1_048_576;

const sample = z.tuple([z.number(), z.string()]);
const answer = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('success'),
    data: z.discriminatedUnion('resultType', [
      z.object({ resultType: z.literal('vector'), result: z.array(z.object({ value: sample })) }),
      z.object({ resultType: z.literal('scalar'), result: sample }),
    ]),
  }),
  z.object({ status: z.literal('error'), error: z.string() }),
]);

/** Why a query gave no number, in words for whoever wrote it. */
export class QueryProblem extends Error {
  override readonly name = 'QueryProblem';
}

/** Asks a Prometheus-compatible server; every answer is bounded in time and size. */
@Injectable()
export class Prometheus {
  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  isConfigured(): boolean {
    return this.settings.prometheusUrl !== null;
  }

  /** The one number that a query gives at a moment; null when it gives none. */
  async number(query: string, at: number, signal: AbortSignal): Promise<number | null> {
    const response = await this.ask(query, at, AbortSignal.any([signal, AbortSignal.timeout(QUERY_MS)]));
    const parsed = answer.safeParse(response);
    if (!parsed.success) throw new QueryProblem('Prometheus did not answer with a vector or a scalar');
    if (parsed.data.status === 'error') throw new QueryProblem(`Prometheus: ${parsed.data.error.slice(0, 300)}`);
    const { data } = parsed.data;
    if (data.resultType === 'vector' && data.result.length > 1) {
      throw new QueryProblem(`the query gives ${data.result.length} series and must give one: sum() them`);
    }
    const value = data.resultType === 'vector' ? data.result[0]?.value : data.result;
    return value === undefined ? null : finite(value[1]);
  }

  private async ask(query: string, at: number, signal: AbortSignal): Promise<unknown> {
    const { url, headers } = targetOf(this.settings.prometheusUrl ?? '');
    const body = new URLSearchParams({ query, time: String(at / 1_000), timeout: `${QUERY_MS}ms` });
    try {
      const response = await fetch(url, { method: 'POST', body, headers, signal, redirect: 'error' });
      return JSON.parse(await textOf(response));
    } catch (error) {
      if (error instanceof QueryProblem) throw error;
      throw new QueryProblem(reasonOf(error), { cause: error });
    }
  }
}

/** `fetch` takes no credentials in an address: they travel as a header. */
function targetOf(base: string): { readonly url: URL; readonly headers: Readonly<Record<string, string>> } {
  const url = new URL(`${base.replace(/\/+$/, '')}/api/v1/query`);
  const { username, password } = url;
  if (username === '' && password === '') return { url, headers: {} };
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  url.username = '';
  url.password = '';
  return { url, headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` } };
}

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new QueryProblem('Prometheus answered more than a megabyte');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function finite(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value)) throw new QueryProblem(`the query gives ${text}`);
  return value;
}

function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'Prometheus did not answer with JSON';
  if (!(error instanceof Error)) return 'Prometheus cannot be reached';
  if (error.name === 'TimeoutError') return 'Prometheus did not answer in time';
  if (error.name === 'AbortError') return 'Prometheus was not asked to the end';
  return 'Prometheus cannot be reached';
}
