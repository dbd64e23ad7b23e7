import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const usual = fileURLToPath(new URL('../../examples/storefront/flags.flagd.json', import.meta.url));

/** A line that ends the demo: something did not go as it should. */
export class DemoError extends Error {}

function amount(name, text, least) {
  const value = Number(text);
  if (!Number.isFinite(value) || value < least) throw new DemoError(`--${name} must be a number of at least ${least}`);
  return value;
}

/** What the demo was asked to do. */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      flags: { type: 'string', default: usual },
      stores: { type: 'string', default: '3' },
      rate: { type: 'string', default: '200' },
      seconds: { type: 'string', default: '10' },
      split: { type: 'string', default: '50' },
    },
  });
  const split = amount('split', values.split, 1);
  if (split > 99) throw new DemoError('--split must be at most 99');
  return {
    flags: values.flags,
    /** Storefront processes. */
    stores: Math.round(amount('stores', values.stores, 1)),
    /** Requests per second to each of them. */
    rate: amount('rate', values.rate, 10),
    /** How long the failing code path is watched before the kill. */
    seconds: amount('seconds', values.seconds, 1),
    /** Percentage of customers that get the failing code path. */
    split,
  };
}
