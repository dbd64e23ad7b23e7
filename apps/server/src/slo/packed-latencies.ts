import { BUCKETS, quantileOf } from '@ballast/slo';

/** A latency histogram of one group as the database sends its array of packed numbers: in binary, as base64. */
export interface PackedLatency {
  readonly name: string;
  readonly step: number;
  readonly packed: string;
}

/** 95th percentiles in milliseconds; null where nothing was timed. */
export interface Percentiles {
  readonly all: number | null;
  ofName(name: string): number | null;
  of(group: { readonly name: string; readonly step: number }): number | null;
}

/** An array in binary: five numbers of 4 bytes on its shape, then the length of each element and the element. */
const SHAPE_BYTES = 20;
const LENGTH_BYTES = 4;
const ELEMENT_BYTES = LENGTH_BYTES + 8;
const Q = 0.95;

/** The percentiles of each name in each step, of each name, and of everything. */
export function percentilesOf(rows: readonly PackedLatency[]): Percentiles {
  const names = new Map<string, Map<number, PackedLatency[]>>();
  for (const row of rows) {
    const steps = names.get(row.name) ?? new Map<number, PackedLatency[]>();
    names.set(row.name, steps);
    const group = steps.get(row.step);
    if (group === undefined) steps.set(row.step, [row]);
    else group.push(row);
  }
  const reader = new PackedReader();
  const total = new Float64Array(BUCKETS);
  const found = new Map([...names].map(([name, steps]) => [name, ofSteps(steps, { reader, total })]));
  return {
    all: quantileOf(total, Q),
    ofName: (name) => found.get(name)?.all ?? null,
    of: ({ name, step }) => found.get(name)?.steps.get(step) ?? null,
  };
}

interface Sums {
  readonly reader: PackedReader;
  readonly total: Float64Array;
}

/** Every group is added up in the same place, for there are many of them. */
function ofSteps(groups: ReadonlyMap<number, readonly PackedLatency[]>, { reader, total }: Sums) {
  const steps = new Map<number, number | null>();
  const all = new Float64Array(BUCKETS);
  const counts = new Float64Array(BUCKETS);
  for (const [step, rows] of groups) {
    counts.fill(0);
    for (const { packed } of rows) reader.addTo(counts, packed);
    steps.set(step, quantileOf(counts, Q));
    addUp(all, counts);
  }
  addUp(total, all);
  return { steps, all: quantileOf(all, Q) };
}

function addUp(sum: Float64Array, more: Float64Array): void {
  for (let bucket = 0; bucket < BUCKETS; bucket += 1) sum[bucket] = (sum[bucket] ?? 0) + (more[bucket] ?? 0);
}

/** Reads arrays of packed numbers: the bucket of each above the 40 bits of its count. */
class PackedReader {
  #bytes = Buffer.alloc(SHAPE_BYTES + BUCKETS * ELEMENT_BYTES);

  addTo(counts: Float64Array, packed: string): void {
    if (packed.length > this.#bytes.length) this.#bytes = Buffer.alloc(packed.length);
    const bytes = this.#bytes;
    const end = bytes.write(packed, 'base64');
    const view = new DataView(bytes.buffer, bytes.byteOffset, end);
    for (let at = SHAPE_BYTES + LENGTH_BYTES; at < end; at += ELEMENT_BYTES) {
      const high = view.getUint32(at);
      const bucket = high >>> 8;
      counts[bucket] = (counts[bucket] ?? 0) + (high & 0xff) * 2 ** 32 + view.getUint32(at + 4);
    }
  }
}
