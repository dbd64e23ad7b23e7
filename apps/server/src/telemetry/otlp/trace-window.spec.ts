import { beforeEach, expect, it } from 'vitest';
import type { Evaluated, Findings, Root } from './findings.js';
import { JOIN_MS, MAX_PER_TRACE, REMEMBERED_MS, TraceWindow, TraceWindows } from './trace-window.js';

let window: TraceWindow;

beforeEach(() => {
  window = new TraceWindow();
});

function anEvaluation(change: Partial<Evaluated> & { readonly span?: string } = {}): Evaluated {
  const { span = 's1', ...given } = change;
  const of = { record: 0, traceId: 't1', flag: 'checkout', variant: 'on', reason: 'SPLIT', version: 1, set: undefined, at: 0, ...given };
  return { id: JSON.stringify([of.traceId, span, of.flag]), ...of };
}

const aRoot = (change: Partial<Root> = {}): Root => ({ traceId: 't1', ok: true, ms: 20, at: 0, ...change });
const found = (evaluations: readonly Evaluated[], roots: readonly Root[] = []): Findings => ({ evaluations, roots });

it('gives the end of a trace to every flag that was evaluated in it, once each', () => {
  const [on, again] = [anEvaluation(), anEvaluation({ span: 's2' })];
  const other = anEvaluation({ flag: 'banner' });
  const news = window.take(found([on, again, other], [aRoot()]), 0);
  expect(news.exposures).toEqual([on, again, other]);
  expect(news.outcomes).toEqual([
    { of: on, root: aRoot() },
    { of: other, root: aRoot() },
  ]);
});

it('waits a minute for the end of a trace, and no longer', () => {
  window.take(found([anEvaluation()]), 0);
  window.take(found([anEvaluation({ traceId: 't2' })]), 0);
  expect(window.take(found([], [aRoot()]), JOIN_MS).outcomes).toHaveLength(1);
  expect(window.take(found([], [aRoot({ traceId: 't2' })]), JOIN_MS + 1).outcomes).toEqual([]);
});

it('knows what was delivered before for five minutes', () => {
  const delivery = found([anEvaluation()], [aRoot()]);
  window.take(delivery, 0);
  expect(window.take(delivery, REMEMBERED_MS - 1)).toMatchObject({ exposures: [], outcomes: [], repeated: 2 });
  expect(window.take(delivery, REMEMBERED_MS)).toMatchObject({ exposures: [{}], outcomes: [{}], repeated: 0 });
});

it('takes for news again what could not be counted', () => {
  const delivery = found([anEvaluation()], [aRoot()]);
  window.take(delivery, 0).undo();
  expect(window.take(delivery, 1)).toMatchObject({ exposures: [{}], outcomes: [{}], repeated: 0 });
});

it('gives no outcome twice when only the request with the evaluation failed', () => {
  const first = window.take(found([anEvaluation()]), 0);
  expect(window.take(found([], [aRoot()]), 1).outcomes).toHaveLength(1);
  first.undo();
  expect(window.take(found([anEvaluation()]), 2)).toMatchObject({ exposures: [{}], outcomes: [] });
});

it('refuses what is too much for one trace', () => {
  const many = Array.from({ length: MAX_PER_TRACE + 3 }, (_, index) => anEvaluation({ span: `s${index}` }));
  const news = window.take(found(many), 0);
  expect([news.exposures.length, news.refused.length]).toEqual([MAX_PER_TRACE, 3]);
});

it('makes room at the cost of whoever holds most', () => {
  const windows = new TraceWindows(10);
  const small = found([anEvaluation({ traceId: 'small' })]);
  windows.take('quiet', small, 0);
  for (let i = 0; i < 50; i++) windows.take('loud', found([anEvaluation({ traceId: `t${i}` })]), 1);
  expect(windows.take('quiet', small, 2).repeated).toBe(1);
  expect(windows.take('loud', found([anEvaluation({ traceId: 't49' })]), 2).repeated).toBe(1);
  expect(windows.take('loud', found([anEvaluation({ traceId: 't0' })]), 2).repeated).toBe(0);
});
