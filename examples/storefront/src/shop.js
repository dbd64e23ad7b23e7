import { fresh, proven } from './backends.js';
import { findProduct } from './catalogue.js';

/** A request that the shop will not serve. */
class Rejected extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/**
 * The shop. `flags` is a Ballast client; `keys` names the flag of each code path. Every handler takes what was asked and answers an
 * object; `note` keeps which branch a flag chose, for the access log.
 */
export function createShop(flags, keys) {
  const carts = new Map();

  /** Runs the new code path for those who are in, the proven one for everybody else; Ballast counts how both do. */
  const behind = ({ customer, note }, path, on, off) => {
    const branch = (name, run) => () => {
      note(path, name);
      return run();
    };
    return flags.run(keys[path], { targetingKey: customer }, { on: branch('on', on), off: branch('off', off) });
  };

  const cartOf = (customer) => carts.get(customer) ?? [];

  return {
    'GET /products': (asked) => behind(asked, 'catalogue', fresh.search, proven.search),

    'GET /recommendations': (asked) => {
      const product = findProduct(asked.query.get('for')) ?? refuse(404, 'no such product');
      return behind(
        asked,
        'recommendations',
        () => fresh.recommend(product),
        () => proven.recommend(product),
      );
    },

    'GET /cart': ({ customer }) => cartOf(customer),

    'POST /cart': ({ customer, body }) => {
      const product = findProduct(body?.product) ?? refuse(404, 'no such product');
      carts.set(customer, [...cartOf(customer), product].slice(-20));
      return cartOf(customer);
    },

    'POST /checkout': async (asked) => {
      const { customer } = asked;
      const goods = cartOf(customer).reduce((sum, { price }) => sum + price, 0);
      // Runtime config is read like a flag: a number that can be changed while the shop is open.
      const freeFrom = flags.value('free-shipping-from', 50, { targetingKey: customer });
      const amount = goods + (goods >= freeFrom ? 0 : 5);
      const receipt = await behind(
        asked,
        'payment',
        () => fresh.pay(amount),
        () => proven.pay(amount),
      );
      carts.delete(customer);
      return receipt;
    },
  };
}

function refuse(status, message) {
  throw new Rejected(status, message);
}

/** The HTTP status of an error. */
export function statusOf(error) {
  return error instanceof Rejected ? error.status : 502;
}
