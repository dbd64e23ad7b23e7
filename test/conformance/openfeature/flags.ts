/** What the structured flag serves. */
export const RECORD = { images: true, title: 'From the sea', perPage: 40 } as const;

interface Definition {
  readonly key: string;
  readonly type: 'boolean' | 'string' | 'number' | 'object';
  readonly variants: Readonly<Record<string, unknown>>;
  readonly serve: string;
  readonly on?: boolean;
  readonly rules?: readonly object[];
  readonly metadata?: Readonly<Record<string, string | number | boolean>>;
}

const types = {
  bool: { type: 'boolean', full: { yes: true }, empty: false },
  text: { type: 'string', full: { hello: 'moin' }, empty: '' },
  int: { type: 'number', full: { dozen: 12 }, empty: 0 },
  real: { type: 'number', full: { quarter: 0.25 }, empty: 0 },
  record: { type: 'object', full: { filled: RECORD }, empty: {} },
} as const;

const forStaff = { when: { attribute: 'email', op: 'ends_with', values: ['@staff.example'] }, serve: { variant: 'empty' } };

function ofType([key, { type, full, empty }]: [string, (typeof types)[keyof typeof types]]): Definition[] {
  const [name = ''] = Object.keys(full);
  return [
    { key, type, variants: { ...full, empty }, serve: name },
    { key: `${key}-zero`, type, variants: { ...full, empty }, serve: 'empty' },
    { key: `${key}-staff`, type, variants: { ...full, empty, none: empty }, serve: 'none', rules: [forStaff] },
  ];
}

/** The flags that the behaviours ask for. `nowhere` and `failing` must not exist. */
export const flags: readonly Definition[] = [
  ...Object.entries(types).flatMap(ofType),
  { key: 'bool-off', type: 'boolean', variants: { yes: true, no: false }, serve: 'yes', on: false },
  { key: 'text-off', type: 'string', variants: { hello: 'moin' }, serve: 'hello', on: false },
  {
    key: 'described',
    type: 'boolean',
    variants: { yes: true, no: false },
    serve: 'yes',
    metadata: { text: '1.0.2', count: 2, share: 0.1, sure: true },
  },
  {
    key: 'audience',
    type: 'string',
    variants: { inside: 'INSIDE', outside: 'OUTSIDE' },
    serve: 'outside',
    rules: [
      {
        when: {
          all: [
            { attribute: 'customer', op: 'in', values: [false] },
            { attribute: 'email', op: 'ends_with', values: ['@staff.example'] },
            { attribute: 'age', op: '>', values: [10] },
          ],
        },
        serve: { variant: 'inside' },
      },
    ],
  },
];
